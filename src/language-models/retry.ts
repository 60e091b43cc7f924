import { setTimeout as sleep } from "node:timers/promises";

/** How long to wait after a failure before the next try, in milliseconds; null when trying again would help nobody. `failures` counts from 1. */
export type RetryPolicy = (cause: unknown, failures: number) => number | null;

/** Tries until it works or the policy ends it, then throws the last failure as it came. An abort is never retried, and cuts a pause short. */
export async function retry<Result>(
  attempt: () => Promise<Result>,
  policy: RetryPolicy,
  signal: AbortSignal,
): Promise<Result> {
  for (let failures = 1; ; failures += 1) {
    try {
      return await attempt();
    } catch (cause) {
      signal.throwIfAborted();
      const pause = policy(cause, failures);
      if (pause === null) throw cause;
      await sleep(pause, undefined, { signal }).catch(() => undefined);
      signal.throwIfAborted();
    }
  }
}

/** A pause that doubles with every failure up to a longest, by chance up to a half shorter, so that many who failed together do not come back together. */
export function backoff(failures: number, firstMs: number, longestMs: number, random = Math.random): number {
  return Math.min(longestMs, firstMs * 2 ** (failures - 1)) * (1 - random() / 2);
}
