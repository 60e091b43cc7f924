import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import { built } from "../home/folders.js";
import { merge, type WorldTally } from "../simulation/coverage.js";

export interface WorldRuns {
  /** Number of the world in WORLDS. */
  readonly world: number;
  readonly replicates: number;
  readonly seed: number;
  /** Every how many replicates are bootstrapped and diagnosed. */
  readonly options: { readonly bootstrapEvery: number; readonly diagnoseEvery: number };
}

/** A world's tallies, its replicates divided among all cores; the result does not depend on how many. */
export async function runWorld({ replicates, ...shared }: WorldRuns): Promise<WorldTally> {
  const threads = Math.min(replicates, availableParallelism());
  const parts = Array.from({ length: threads }, (_, part) => {
    const workerData = {
      ...shared,
      from: Math.floor((replicates * part) / threads),
      to: Math.floor((replicates * (part + 1)) / threads),
    };
    return new Promise<WorldTally>((resolve, reject) => {
      const worker = new Worker(built("pipeline/worlds-worker.js"), { workerData });
      worker.once("message", resolve);
      worker.once("error", reject);
    });
  });
  return (await Promise.all(parts)).reduce(merge);
}
