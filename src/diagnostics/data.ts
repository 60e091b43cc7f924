import { preferencesOf } from "../estimators/preferences.js";
import { mean, standardError } from "../stats/moments.js";
import { type RandomSource, randomStream } from "../stats/random.js";
import { sumOfSquaresAround } from "../stats/sum.js";
import { type Diagnostic, type Evidence, percentText } from "./diagnostic.js";

const ENOUGH_EXAMPLES = 30;
const PERMUTATIONS = 100;
/** Rows whose labels are permuted; of more, an even sample. */
const PERMUTED = 2_000;
/** Rows whose rewards are looked at for their grid and ends; of more, an even sample. */
const LOOKED_AT = 5_000;
/** In standard errors; an example that alone made the whole standard error would reach 1. */
const DECISIVE = 0.5;

export function fewExamples({ summary, table }: Evidence): Diagnostic[] {
  const arms = [
    ["w_1", "w = 1", summary.treatedCount],
    ["w_0", "w = 0", summary.untreatedCount],
  ] as const;
  const few = arms
    .filter(([, , count]) => count > 0)
    .map(([name, arm, count]) => ({
      name: `examples_${name}`,
      value: count,
      threshold: ENOUGH_EXAMPLES,
      warns: count < ENOUGH_EXAMPLES,
      sentence:
        count < ENOUGH_EXAMPLES
          ? `only ${count} examples have ${arm}: read the intervals with care, and use --ci t`
          : `${count} examples have ${arm}`,
    }));
  const { clusterCount } = summary;
  if (table.clusters === null || clusterCount === null) return few;
  const warns = clusterCount < ENOUGH_EXAMPLES;
  const sentence = `${warns ? "only " : ""}${clusterCount} clusters${warns ? ": use --ci t" : ""}`;
  return [...few, { name: "clusters", value: clusterCount, threshold: ENOUGH_EXAMPLES, warns, sentence }];
}

/** What the largest single example, and the largest cluster, does to the estimate, in its standard errors. */
export function influence({ table, effect }: Evidence): Diagnostic[] {
  const n = table.treated.length;
  if (!effect || n < 2) return [];
  const scores = new Float64Array(n);
  for (let row = 0; row < n; row += 1) scores[row] = (differenceOf(table, row) - effect.value) / n;
  const byCluster = table.clusters && sumsOf(scores, table.clusters);
  const units = byCluster ?? scores;
  const error = Math.sqrt((units.length / (units.length - 1)) * sumOfSquaresAround(units, 0));
  if (!(error > 0) || units.length < 2) return [];
  const describe = (name: string, what: string, of: Float64Array): Diagnostic => {
    const value = largest(of) / error;
    return {
      name,
      value,
      threshold: DECISIVE,
      warns: value > DECISIVE,
      sentence: `leaving out one ${what} moves the estimate by at most ${value.toFixed(2)} of its standard errors${value > DECISIVE ? `: it hangs on single ${what}s` : ""}`,
    };
  };
  const found = [describe("influence_example", "example", scores)];
  return byCluster ? [...found, describe("influence_cluster", "cluster", byCluster)] : found;
}

/** R(do W = 1) − R(do W = 0) of one row, by the two rewrites. */
function differenceOf({ treated, rewrite, rewriteOfRewrite }: Evidence["table"], row: number): number {
  return (2 * treated[row]! - 1) * (rewriteOfRewrite[row]! - rewrite[row]!);
}

function largest(values: Float64Array): number {
  let most = 0;
  for (let index = 0; index < values.length; index += 1) most = Math.max(most, Math.abs(values[index]!));
  return most;
}

function sumsOf(scores: Float64Array, clusters: Int32Array): Float64Array {
  const sums = new Map<number, number>();
  for (let row = 0; row < scores.length; row += 1)
    sums.set(clusters[row]!, (sums.get(clusters[row]!) ?? 0) + scores[row]!);
  return Float64Array.from(sums.values());
}

/** What is missing by arm and why, and how far it could move the estimate at worst. */
export function missing({ table, summary, withoutRewards, failures }: Evidence): Diagnostic[] {
  const found: Diagnostic[] = [];
  const n = table.treated.length;
  if (summary.withoutOriginal > 0) {
    const all = summary.withoutOriginal === n;
    const scale =
      summary.rewardStd.pooledOver === "rewrites"
        ? "; effect sizes use the spread of the rewrites' rewards"
        : "";
    found.push({
      name: "without_original",
      value: summary.withoutOriginal,
      threshold: 0,
      warns: true,
      sentence: `${all ? "all" : summary.withoutOriginal} examples lack a reward of the original: naive and single rewrite ${all ? "cannot be estimated" : "are estimated without them"}${scale}`,
    });
  }
  const lost = withoutRewards.treated + withoutRewards.untreated;
  if (lost === 0) return found;
  const reasons = Object.entries(failures).map(
    ([reason, { treated, untreated }]) => `${reason}: ${treated} and ${untreated}`,
  );
  found.push({
    name: "missing",
    value: lost / (n + lost),
    threshold: 0.05,
    warns: true,
    sentence: `${withoutRewards.treated} examples with w = 1 and ${withoutRewards.untreated} with w = 0 have no rewards and are left out (${reasons.join("; ")})`,
  });
  const scale = summary.rewardStd.value || null;
  if (scale === null || n === 0) return found;
  let [low, high, total] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0];
  for (let row = 0; row < n; row += 1) {
    const difference = differenceOf(table, row);
    low = Math.min(low, difference);
    high = Math.max(high, difference);
    total += difference;
  }
  for (const [name, extreme] of [
    ["worst_case_low", low],
    ["worst_case_high", high],
  ] as const) {
    const value = (total + lost * extreme) / (n + lost) / scale;
    found.push({
      name,
      value,
      threshold: null,
      warns: false,
      sentence: `if every missing example were as extreme as the most extreme one seen, the effect would be ${value.toFixed(3)} sd`,
    });
  }
  return found;
}

/** The grid that rewards lie on, ties, and rewards that pile up at an end. */
export function grid({ table, summary, effect }: Evidence): Diagnostic[] {
  const found: Diagnostic[] = [];
  const rewards = [table.rewrite, table.rewriteOfRewrite, table.original];
  let [count, coarse, largest] = [0, 0, 0];
  let [top, bottom] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  const [float, bits] = floatAndBits();
  const step = Math.ceil(table.treated.length / LOOKED_AT);
  for (const column of rewards) {
    for (let row = 0; row < column.length; row += step) {
      const value = column[row]!;
      if (Number.isNaN(value)) continue;
      count += 1;
      float[0] = value;
      if (float[0] === value && (bits[0]! & 0xffff) === 0) coarse += 1;
      largest = Math.max(largest, Math.abs(value));
      top = Math.max(top, value);
      bottom = Math.min(bottom, value);
    }
  }
  if (count === 0) return found;
  if (
    coarse / count > 0.99 &&
    largest > 0 &&
    !rewards.some((column) => column.every((value) => Number.isInteger(value)))
  ) {
    // bfloat16 has eight significant bits.
    const step = 2 ** (Math.floor(Math.log2(largest)) - 7);
    const warns = effect !== null && Math.abs(effect.value) < step;
    found.push({
      name: "grid_step",
      value: step,
      threshold: effect ? Math.abs(effect.value) : null,
      warns,
      sentence: `the rewards lie on the grid of bfloat16, up to ${step} apart${warns ? ": the effect is smaller than a step, so single differences mean little" : ""}`,
    });
  }
  const tie = preferencesOf(table, 0.95).tie;
  if (tie) {
    const warns = tie.value > 0.2;
    found.push({
      name: "tie_rate",
      value: tie.value,
      threshold: 0.2,
      warns,
      sentence: `both rewrites of ${percentText(tie.value)} of the examples have the same reward`,
    });
  }
  let atEnd = 0;
  for (const column of rewards) {
    for (let row = 0; row < column.length; row += step)
      if (column[row] === top || column[row] === bottom) atEnd += 1;
  }
  const saturated = top > bottom ? atEnd / count : 1;
  const warns = saturated > 0.1 && summary.treatedCount + summary.untreatedCount > 20;
  found.push({
    name: "saturation",
    value: saturated,
    threshold: 0.1,
    warns,
    sentence: `${percentText(saturated)} of the rewards are the largest or the smallest there is${warns ? ": the model may be at the end of its scale" : ""}`,
  });
  return found;
}

function floatAndBits(): readonly [Float32Array, Uint32Array] {
  const float = new Float32Array(1);
  return [float, new Uint32Array(float.buffer)];
}

/** Refuters: labels permuted at random should give no effect; two random halves should agree. */
export function refuters({ table, seed, summary, effect }: Evidence): Diagnostic[] {
  const scale = summary.rewardStd.value || null;
  const n = table.treated.length;
  if (!effect || scale === null || n < 4) return [];
  const raw = new Float64Array(n);
  for (let row = 0; row < n; row += 1) raw[row] = table.rewriteOfRewrite[row]! - table.rewrite[row]!;
  const random = randomStream(seed, 0x7ef07e);
  const bothArms = summary.treatedCount > 0 && summary.untreatedCount > 0;
  const beyond = bothArms ? permuteLabels(raw, table.treated, random) : 0;
  const found: Diagnostic[] = [];
  if (bothArms) {
    const value = (beyond + 1) / (PERMUTATIONS + 1);
    found.push({
      name: "permuted_labels",
      value,
      threshold: null,
      warns: false,
      sentence: `with the labels of w permuted at random, an effect as large as this came out in ${percentText(beyond / PERMUTATIONS)} of ${PERMUTATIONS} tries`,
    });
  }
  const [a, b] = randomHalves(raw, table.treated, random);
  if (a.n < 2 || b.n < 2 || a.standardError + b.standardError === 0) return found;
  const z = Math.abs(a.mean - b.mean) / Math.hypot(a.standardError, b.standardError);
  found.push({
    name: "random_halves_z",
    value: z,
    threshold: 3,
    warns: z > 3 && table.clusters === null,
    sentence: `two random halves give ${(a.mean / scale).toFixed(3)} and ${(b.mean / scale).toFixed(3)} sd, ${z.toFixed(1)} standard errors apart`,
  });
  return found;
}

/** How many of the permutations of w give an effect at least as large as the true labels do, on an even sample of the rows. */
function permuteLabels(raw: Float64Array, treated: Uint8Array, random: RandomSource): number {
  const step = Math.ceil(raw.length / PERMUTED);
  const n = Math.ceil(raw.length / step);
  const labels = new Uint8Array(n);
  let observed = 0;
  for (let index = 0; index < n; index += 1) {
    labels[index] = treated[index * step]!;
    observed += labels[index] === 1 ? raw[index * step]! : -raw[index * step]!;
  }
  let beyond = 0;
  for (let round = 0; round < PERMUTATIONS; round += 1) {
    let total = 0;
    for (let index = n - 1; index >= 0; index -= 1) {
      const other = Math.floor((random() / 2 ** 32) * (index + 1));
      const label = labels[other]!;
      labels[other] = labels[index]!;
      labels[index] = label;
      total += label === 1 ? raw[index * step]! : -raw[index * step]!;
    }
    if (Math.abs(total) >= Math.abs(observed)) beyond += 1;
  }
  return beyond;
}

interface Half {
  readonly n: number;
  readonly mean: number;
  readonly standardError: number;
}

/** RATE's ATE in two random halves of the rows. */
function randomHalves(raw: Float64Array, treated: Uint8Array, random: RandomSource): readonly [Half, Half] {
  const differences = [new Float64Array(raw.length), new Float64Array(raw.length)] as const;
  const counts = [0, 0];
  for (let row = 0; row < raw.length; row += 1) {
    const half = (random() & 1) as 0 | 1;
    differences[half][counts[half]!] = treated[row] === 1 ? raw[row]! : -raw[row]!;
    counts[half] = counts[half]! + 1;
  }
  const describe = (values: Float64Array): Half => {
    if (values.length < 2) return { n: values.length, mean: 0, standardError: 0 };
    return { n: values.length, mean: mean(values), standardError: standardError(values) };
  };
  return [describe(differences[0].subarray(0, counts[0])), describe(differences[1].subarray(0, counts[1]))];
}
