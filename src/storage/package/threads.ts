import type { Worker } from "node:worker_threads";
import { built } from "./folders.js";

/**
 * Hands each job to a thread of its own, which runs a built script and sends one message. Returns when they have been started: their results, in the order of the jobs. What Node has
 * for threads is loaded only when there is a job.
 */
export async function inThreads<Job, Result>(
  script: string,
  jobs: readonly Job[],
): Promise<Promise<Result>[]> {
  if (jobs.length === 0) return [];
  const { Worker } = await import("node:worker_threads");
  return jobs.map((job) => messageOf(new Worker(built(script), { workerData: job })));
}

function messageOf<Result>(worker: Worker): Promise<Result> {
  return new Promise((resolve, reject) => {
    worker.once("message", resolve);
    worker.once("error", reject);
  });
}
