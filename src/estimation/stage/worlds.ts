import { availableParallelism } from "node:os";
import { inThreads } from "../../storage/package/threads.js";
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
  const jobs = Array.from({ length: threads }, (_, part) => ({
    ...shared,
    from: Math.floor((replicates * part) / threads),
    to: Math.floor((replicates * (part + 1)) / threads),
  }));
  const tallies = await inThreads<(typeof jobs)[number], WorldTally>(
    "estimation/stage/worlds-worker.js",
    jobs,
  );
  return (await Promise.all(tallies)).reduce(merge);
}
