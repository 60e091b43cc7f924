import { mean } from "../numeric/moments.js";

/** How much of the spread of differences is the examples', and how much is the luck of one rewrite. */
export interface VarianceComponents {
  /** Variance between examples, σ_a², at least 0. */
  readonly between: number;
  /** Variance between rewrites of one example, σ_e². */
  readonly within: number;
  /** Rewrites an example, k, by the harmonic-like n₀ of unbalanced designs. */
  readonly repeats: number;
}

/**
 * One-way variance components by analysis of variance: MSW = σ_e², (MSB − MSW)/k = σ_a² (Searle, Casella & McCulloch 1992); unequal numbers of
 * repeats use n₀ = (N − Σk_i²/N)/(n − 1) for k. Null with fewer than two examples that have repeats.
 *
 * @param groups - the differences of each example by repeat, two or more each
 */
export function varianceComponents(groups: readonly Float64Array[]): VarianceComponents | null {
  const repeated = groups.filter((group) => group.length >= 2);
  if (repeated.length < 2) return null;
  const n = repeated.length;
  const total = repeated.reduce((sum, group) => sum + group.length, 0);
  const means = repeated.map((group) => mean(group));
  const grand = repeated.reduce((sum, group, place) => sum + group.length * means[place]!, 0) / total;
  let within = 0;
  let between = 0;
  repeated.forEach((group, place) => {
    for (const value of group) within += (value - means[place]!) ** 2;
    between += group.length * (means[place]! - grand) ** 2;
  });
  const squares = repeated.reduce((sum, group) => sum + group.length ** 2, 0);
  const repeats = (total - squares / total) / (n - 1);
  const msw = within / (total - n);
  const msb = between / (n - 1);
  return { within: msw, between: Math.max(0, (msb - msw) / repeats), repeats };
}

/** Rewrites an example that give the least error for the money: k* = √(c₀σ_e²/(c₁σ_a²)), c₀ the cost of an example, c₁ of a repeat; at least 1. */
export function bestRepeats(
  { between, within }: VarianceComponents,
  cost: { readonly example: number; readonly repeat: number },
): number {
  if (between === 0) return Number.POSITIVE_INFINITY;
  return Math.max(1, Math.sqrt((cost.example * within) / (cost.repeat * between)));
}

/** An example's effect drawn towards the mean by the share of noise in it: weight σ_a²/(σ_a² + σ_e²/k), for sorting by size. */
export function shrunken(value: number, centre: number, k: number, components: VarianceComponents): number {
  const { between, within } = components;
  const noise = within / k;
  const weight = between + noise > 0 ? between / (between + noise) : 0;
  return centre + weight * (value - centre);
}
