import { normalQuantile } from "./normal.js";

/** A share of n with its interval. */
export interface Proportion {
  readonly value: number;
  readonly low: number;
  readonly high: number;
  readonly n: number;
}

/** Share of successes with Wilson's score interval (E. B. Wilson 1927), which keeps within 0 and 1 and works for few. Null for n = 0. */
export function wilson(successes: number, n: number, level: number): Proportion | null {
  if (n === 0) return null;
  const z = normalQuantile((1 + level) / 2);
  const share = successes / n;
  const center = (share + (z * z) / (2 * n)) / (1 + (z * z) / n);
  const reach = (z / (1 + (z * z) / n)) * Math.sqrt((share * (1 - share)) / n + (z * z) / (4 * n * n));
  return {
    value: share,
    low: Math.max(0, Math.min(share, center - reach)),
    high: Math.min(1, Math.max(share, center + reach)),
    n,
  };
}
