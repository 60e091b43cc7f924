import type { Effect, EffectRow, EffectSize, Estimand, Estimator } from "../domain/effect.js";
import type { RewardTable } from "../domain/example.js";
import { clusteredError } from "../stats/cluster.js";
import { mean, sampleVariance, standardError, sumOfSquares } from "../stats/moments.js";
import { armValues, type Baseline, pairedContrasts } from "./contrasts.js";
import { type IntervalOptions, infer, type Uncertainty } from "./inference.js";
import { linearEffect, linearError, linearScale, ratio } from "./influence.js";

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
  return {
    rows: [
      naiveRow(table, options),
      ...estimands.map((estimand) => pairedRow(table, "single_rewrite", "original", estimand, options)),
      ...estimands.map((estimand) => pairedRow(table, "rate", "rewriteOfRewrite", estimand, options)),
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
  estimator: Exclude<Estimator, "naive">,
  baseline: Baseline,
  estimand: Estimand,
  options: Required<EstimateOptions>,
): EffectRow {
  const contrasts = pairedContrasts(table, baseline, WANTED[estimand]);
  const n = contrasts.rows.length;
  if (n === 0) return { estimator, estimand, value: null, reason: whyEmpty(table, baseline, estimand) };
  const value = mean(contrasts.differences);
  const uncertainty = (): Uncertainty => {
    if (table.clusters) {
      const scores = contrasts.differences.map((difference) => (difference - value) / n);
      return clustered(scores, table.clusters, contrasts.rows);
    }
    if (n < 2)
      return { standardError: null, method: "paired", reason: "one example alone has no standard error" };
    if (options.standardError === "unpaired" && estimator === "rate") {
      const variance = sampleVariance(contrasts.treatedRewards) + sampleVariance(contrasts.untreatedRewards);
      return { standardError: Math.sqrt(variance / n), degrees: 2 * (n - 1), method: "unpaired" };
    }
    return { standardError: standardError(contrasts.differences), degrees: n - 1, method: "paired" };
  };
  return {
    estimator,
    estimand,
    value,
    ...infer(value, uncertainty(), options.interval),
    effectSize: effectSize(table, estimator, estimand, options),
    n,
    ...armCounts(table, contrasts.rows),
  };
}

/** Difference of the mean rewards of the originals in the two arms. */
function naiveRow(table: RewardTable, options: Required<EstimateOptions>): EffectRow {
  const treated = armValues(table, table.original, 1);
  const untreated = armValues(table, table.original, 0);
  const [n1, n0] = [treated.values.length, untreated.values.length];
  if (n1 === 0 || n0 === 0) {
    const missing =
      n1 === 0 && n0 === 0
        ? "no original has a reward"
        : `no original with w = ${n1 === 0 ? 1 : 0} has a reward`;
    return {
      estimator: "naive",
      estimand: "ate",
      value: null,
      reason: `${missing}; the naive comparison needs both arms`,
    };
  }
  const [mean1, mean0] = [mean(treated.values), mean(untreated.values)];
  const uncertainty = (): Uncertainty => {
    if (table.clusters) {
      const scores = Float64Array.of(
        ...treated.values.map((reward) => (reward - mean1) / n1),
        ...untreated.values.map((reward) => (mean0 - reward) / n0),
      );
      return clustered(scores, table.clusters, Int32Array.of(...treated.rows, ...untreated.rows));
    }
    if (n1 < 2 || n0 < 2) {
      return {
        standardError: null,
        method: "two_sample",
        reason: "an arm with one example alone has no variance",
      };
    }
    const [part1, part0] = [sampleVariance(treated.values) / n1, sampleVariance(untreated.values) / n0];
    const degrees = (part1 + part0) ** 2 / (part1 ** 2 / (n1 - 1) + part0 ** 2 / (n0 - 1)) || n1 + n0 - 2;
    return { standardError: Math.sqrt(part1 + part0), degrees, method: "two_sample" };
  };
  const value = mean1 - mean0;
  return {
    estimator: "naive",
    estimand: "ate",
    value,
    ...infer(value, uncertainty(), options.interval),
    effectSize: effectSize(table, "naive", "ate", options),
    n: n1 + n0,
    treatedCount: n1,
    untreatedCount: n0,
  };
}

/** The effect in standard deviations of the reward, which are estimated too: by the delta method. Unpaired errors have no say in it. */
function effectSize(
  table: RewardTable,
  estimator: Estimator,
  estimand: Estimand,
  { interval }: Required<EstimateOptions>,
): EffectSize | null {
  const effect = linearEffect(table, estimator, estimand);
  const scale = linearScale(table);
  if (!effect || !scale) return null;
  const linear = ratio(effect, scale);
  const error = linearError(linear, table.clusters);
  if (!error) return { value: linear.value, standardError: null, interval: null };
  const inference = infer(linear.value, { ...error, method: "paired" }, interval);
  return { value: linear.value, standardError: error.standardError, interval: inference.interval };
}

/** The cluster-robust error of Σ score over some rows of the table. */
function clustered(scores: Float64Array, clusters: Int32Array, rows: Int32Array): Uncertainty {
  const clusterOf = rows.map((row) => clusters[row]!);
  if (new Set(clusterOf).size < 2) {
    return { standardError: null, method: "cluster", reason: "one cluster alone has no standard error" };
  }
  const error = clusteredError(scores, clusterOf);
  return { standardError: error.standardError, degrees: error.clusters - 1, method: "cluster" };
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

function whyEmpty(table: RewardTable, baseline: Baseline, estimand: Estimand): string {
  if (table.treated.length === 0) return "there are no examples";
  const arm = WANTED[estimand];
  if (arm !== null && !table.treated.includes(arm)) return `no example has w = ${arm}`;
  return baseline === "original" ? "no original has a reward" : "no example has both rewrites";
}

function armCounts(table: RewardTable, rows: Int32Array): Pick<Effect, "treatedCount" | "untreatedCount"> {
  const treatedCount = rows.reduce((total, row) => total + table.treated[row]!, 0);
  return { treatedCount, untreatedCount: rows.length - treatedCount };
}

function requireFinite(table: RewardTable): void {
  for (const name of ["rewrite", "rewriteOfRewrite", "original"] as const) {
    const bad = table[name].findIndex(
      (value) => !Number.isFinite(value) && !(name === "original" && Number.isNaN(value)),
    );
    if (bad >= 0)
      throw new RangeError(
        `estimateEffects requires finite rewards: row ${bad} has ${name} ${table[name][bad]}`,
      );
  }
}
