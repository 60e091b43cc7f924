import type { Effect, EffectRow, EffectSize, Estimand, Estimator } from "../domain/effect.js";
import type { RewardTable } from "../domain/example.js";
import { mean, sampleVariance, standardError, sumOfSquares } from "../stats/moments.js";
import { armValues, type PairedContrasts, pairedContrasts } from "./contrasts.js";
import { type IntervalOptions, infer, type Uncertainty } from "./inference.js";
import { type Linear, linearEffect, linearError, linearScale, ratio } from "./influence.js";

export interface EstimateOptions {
  /** Standard errors of the RATE rows (default: paired); the single rewrite is always paired. Clusters in the table override both. */
  readonly standardError?: "paired" | "unpaired";
  /** Default: normal, 0.95. */
  readonly interval?: IntervalOptions;
}

const DEFAULTS = {
  standardError: "paired",
  interval: { method: "normal", level: 0.95 },
} as const satisfies Required<EstimateOptions>;

/** What the rewriter does by itself in one arm: mean(R_rr − R_o). Null where the data cannot tell. */
export interface RewriteEffect {
  readonly value: number | null;
  readonly standardError: number | null;
  readonly n: number;
}

/** The scale of a reward model on a data set. */
export interface RewardScale {
  /** Null with fewer than two rewards in every arm. */
  readonly value: number | null;
  /** The rewards whose spread it is: the originals, or the rewrites where there are no originals. */
  readonly pooledOver: "original" | "rewrites";
}

/** Everything that is estimated from the rewards of one data set under one reward model. */
export interface EffectSummary {
  readonly rows: readonly EffectRow[];
  readonly rewriteEffect: { readonly treated: RewriteEffect; readonly untreated: RewriteEffect };
  readonly rewardStd: RewardScale;
  readonly treatedCount: number;
  readonly untreatedCount: number;
  /** Rows without a reward of the original: not part of naive and single rewrite. */
  readonly withoutOriginal: number;
  readonly clusterCount: number | null;
}

/**
 * The three estimators of the average treatment effect of an attribute on the reward (arXiv 2410.11348): naive, single rewrite and
 * RATE; over all examples (ATE), the treated (ATT) and the untreated (ATU). Units are those of the reward. An estimate that the data
 * cannot give is a row that says why. Throws a RangeError on rewards that are not finite.
 */
export function estimateEffects(table: RewardTable, given: EstimateOptions = {}): EffectSummary {
  requireFinite(table);
  const options = { ...DEFAULTS, ...given };
  const treatedCount = table.treated.reduce((total, treated) => total + treated, 0);
  const counts = { treatedCount, untreatedCount: table.treated.length - treatedCount };
  const estimands: Estimand[] = ["ate", "att", "atu"];
  const scale = linearScale(table);
  return {
    rows: [
      naiveRow(table, scale, options),
      ...estimands.map((estimand) => pairedRow(table, scale, "single_rewrite", estimand, options)),
      ...estimands.map((estimand) => pairedRow(table, scale, "rate", estimand, options)),
    ],
    rewriteEffect: { treated: rewriteEffect(table, 1), untreated: rewriteEffect(table, 0) },
    rewardStd: rewardScale(table),
    ...counts,
    withoutOriginal: table.original.filter(Number.isNaN).length,
    clusterCount: table.clusters && new Set(table.clusters).size,
  };
}

const WANTED = { ate: null, att: 1, atu: 0 } as const;

/** Mean of the paired differences; ATE is over both arms, which weights ATT and ATU by their numbers of examples. */
function pairedRow(
  table: RewardTable,
  scale: Linear | null,
  estimator: Exclude<Estimator, "naive">,
  estimand: Estimand,
  options: Required<EstimateOptions>,
): EffectRow {
  const linear = linearEffect(table, estimator, estimand);
  if (!linear) return { estimator, estimand, value: null, reason: whyEmpty(table, estimator, estimand) };
  const uncertainty = (): Uncertainty => {
    const error = linearError(linear, table.clusters);
    const method = table.clusters ? "cluster" : "paired";
    if (!error) return { standardError: null, method, reason: ALONE[method] };
    if (table.clusters || options.standardError === "paired" || estimator !== "rate")
      return { ...error, method };
    return unpairedError(pairedContrasts(table, "rewriteOfRewrite", WANTED[estimand]));
  };
  return rowOf(table, estimator, estimand, linear, scale, uncertainty(), options);
}

/** As if the two rewrites were independent samples: √(var(do1)/n + var(do0)/n). */
function unpairedError({ treatedRewards, untreatedRewards }: PairedContrasts): Uncertainty {
  const n = treatedRewards.length;
  const variance = sampleVariance(treatedRewards) + sampleVariance(untreatedRewards);
  return { standardError: Math.sqrt(variance / n), degrees: 2 * (n - 1), method: "unpaired" };
}

/** Difference of the mean rewards of the originals in the two arms; Welch's error without clusters. */
function naiveRow(table: RewardTable, scale: Linear | null, options: Required<EstimateOptions>): EffectRow {
  const linear = linearEffect(table, "naive", "ate");
  const [treated, untreated] = [1, 0].map((arm) => armValues(table, table.original, arm as 0 | 1).values) as [
    Float64Array,
    Float64Array,
  ];
  const [n1, n0] = [treated.length, untreated.length];
  if (!linear) {
    const missing =
      n1 === 0 && n0 === 0
        ? "no original has a reward"
        : `no original with w = ${n1 === 0 ? 1 : 0} has a reward`;
    const reason = `${missing}; the naive comparison needs both arms`;
    return { estimator: "naive", estimand: "ate", value: null, reason };
  }
  const uncertainty = (): Uncertainty => {
    if (table.clusters) {
      const error = linearError(linear, table.clusters);
      return error
        ? { ...error, method: "cluster" }
        : { standardError: null, method: "cluster", reason: ALONE.cluster };
    }
    if (n1 < 2 || n0 < 2) {
      return {
        standardError: null,
        method: "two_sample",
        reason: "an arm with one example alone has no variance",
      };
    }
    const [part1, part0] = [sampleVariance(treated) / n1, sampleVariance(untreated) / n0];
    const degrees = (part1 + part0) ** 2 / (part1 ** 2 / (n1 - 1) + part0 ** 2 / (n0 - 1)) || n1 + n0 - 2;
    return { standardError: Math.sqrt(part1 + part0), degrees, method: "two_sample" };
  };
  return rowOf(table, "naive", "ate", linear, scale, uncertainty(), options);
}

const ALONE = {
  paired: "one example alone has no standard error",
  cluster: "one cluster alone has no standard error",
} as const;

function rowOf(
  table: RewardTable,
  estimator: Estimator,
  estimand: Estimand,
  linear: Linear,
  scale: Linear | null,
  uncertainty: Uncertainty,
  { interval }: Required<EstimateOptions>,
): Effect {
  return {
    estimator,
    estimand,
    value: linear.value,
    ...infer(linear.value, uncertainty, interval),
    effectSize: scale && effectSize(ratio(linear, scale), table.clusters, interval),
    n: linear.n,
    ...armCounts(table, estimator, estimand),
  };
}

/** The effect in standard deviations of the reward, which are estimated too: by the delta method. Unpaired errors have no say in it. */
function effectSize(linear: Linear, clusters: Int32Array | null, interval: IntervalOptions): EffectSize {
  const error = linearError(linear, clusters);
  if (!error) return { value: linear.value, standardError: null, interval: null };
  const inference = infer(linear.value, { ...error, method: "paired" }, interval);
  return { value: linear.value, standardError: error.standardError, interval: inference.interval };
}

function rewriteEffect(table: RewardTable, arm: 0 | 1): RewriteEffect {
  const { values, rows } = armValues(table, table.original, arm);
  const differences = values.map((original, index) => table.rewriteOfRewrite[rows[index]!]! - original);
  const n = differences.length;
  return {
    n,
    value: n > 0 ? mean(differences) : null,
    standardError: n > 1 ? standardError(differences) : null,
  };
}

/**
 * Pooled standard deviation of the originals' rewards over the arms that have any, each arm with its n − 1; of both rewrites' rewards,
 * again by arm, when no original has a reward.
 */
function rewardScale(table: RewardTable): RewardScale {
  const groups = (columns: readonly Float64Array[]) =>
    columns.flatMap((column) => ([1, 0] as const).map((arm) => armValues(table, column, arm).values));
  const originals = pooledDeviation(groups([table.original]));
  if (!table.original.every(Number.isNaN)) return { value: originals, pooledOver: "original" };
  return { value: pooledDeviation(groups([table.rewrite, table.rewriteOfRewrite])), pooledOver: "rewrites" };
}

function pooledDeviation(groups: readonly Float64Array[]): number | null {
  const filled = groups.filter((group) => group.length > 0);
  const degrees = filled.reduce((total, group) => total + group.length - 1, 0);
  if (degrees === 0) return null;
  return Math.sqrt(filled.reduce((total, group) => total + sumOfSquares(group), 0) / degrees);
}

function whyEmpty(table: RewardTable, estimator: Exclude<Estimator, "naive">, estimand: Estimand): string {
  if (table.treated.length === 0) return "there are no examples";
  const arm = WANTED[estimand];
  if (arm !== null && !table.treated.includes(arm)) return `no example has w = ${arm}`;
  return estimator === "single_rewrite" ? "no original has a reward" : "no example has both rewrites";
}

/** How many rows of each arm enter an estimate. */
function armCounts(
  table: RewardTable,
  estimator: Estimator,
  estimand: Estimand,
): Pick<Effect, "treatedCount" | "untreatedCount"> {
  const counts = [0, 0];
  for (let row = 0; row < table.treated.length; row += 1) {
    if (estimator !== "rate" && Number.isNaN(table.original[row])) continue;
    const arm = table.treated[row]!;
    counts[arm] = counts[arm]! + 1;
  }
  return {
    treatedCount: estimand === "atu" ? 0 : counts[1]!,
    untreatedCount: estimand === "att" ? 0 : counts[0]!,
  };
}

function requireFinite(table: RewardTable): void {
  for (const name of ["rewrite", "rewriteOfRewrite", "original"] as const) {
    const column = table[name];
    for (let row = 0; row < column.length; row += 1) {
      const value = column[row]!;
      if (Number.isFinite(value) || (name === "original" && Number.isNaN(value))) continue;
      throw new RangeError(`estimateEffects requires finite rewards: row ${row} has ${name} ${value}`);
    }
  }
}
