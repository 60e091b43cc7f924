import { availableParallelism } from "node:os";
import type { RewardTable } from "../../domain/example.js";
import { inThreads } from "../../storage/package/threads.js";
import { bootstrapReplicates, REPLICATE_WIDTH } from "../estimators/bootstrap.js";

/** Work below this is done at once: draws, examples times replicates. */
const PARALLEL_FROM = 5e6;
const MOST_THREADS = 16;

export interface BootstrapJob {
  readonly table: RewardTable;
  readonly seed: number;
  readonly from: number;
  readonly to: number;
}

/** Draws all replicates on as many threads as there are cores; the digits do not depend on their number. */
export async function drawReplicates(table: RewardTable, count: number, seed: number): Promise<Float64Array> {
  const threads =
    count * table.treated.length < PARALLEL_FROM ? 1 : Math.min(MOST_THREADS, availableParallelism());
  const jobs = Array.from({ length: threads }, (_, part) => ({
    table,
    seed,
    from: Math.floor((count * part) / threads),
    to: Math.floor((count * (part + 1)) / threads),
  }));
  const others = await inThreads<BootstrapJob, Float64Array>(
    "estimation/stage/bootstrap-worker.js",
    jobs.slice(1),
  );
  const all = new Float64Array(count * REPLICATE_WIDTH);
  all.set(bootstrapReplicates(table, seed, 0, jobs[0]!.to));
  for (const [index, part] of (await Promise.all(others)).entries())
    all.set(part, jobs[index + 1]!.from * REPLICATE_WIDTH);
  return all;
}
