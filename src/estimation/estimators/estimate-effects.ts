import type { DataFacts, Effect, EffectRow, EffectSize, Estimand, Estimator } from "../../domain/effect.js";
import type { RewardTable } from "../../domain/example.js";
import { sampleVariance } from "../numeric/moments.js";
import { type PairedContrasts, pairedContrasts } from "./contrasts.js";
import { factsOf, type OutsideFacts } from "./facts.js";
import { type IntervalOptions, infer, type Uncertainty } from "./inference.js";
import { type Estimate, errorOf, estimateOf, type Moments, momentsOf, scaleOf, sizeOf } from "./moments.js";
import { withVerdict } from "./verdict.js";

export interface EstimateOptions {
  /** Standard errors of the RATE rows (default: paired); the single rewrite is always paired. Clusters in the table override both. */
  readonly standardError?: "paired" | "unpaired";
  /** Default: Student's t, 0.95. */
  readonly interval?: IntervalOptions;
  /** What is known of the data beside its rewards; what is not given counts as unknown, and nothing as missing. */
  readonly facts?: Partial<OutsideFacts>;
  /** Half the width of the effect sizes around 0 that count as negligible. Default: 0.1. */
  readonly negligible?: number;
}

const DEFAULTS = {
  standardError: "paired",
  interval: { method: "t", level: 0.95 },
  facts: {},
  negligible: 0.1,
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
  readonly facts: DataFacts;
  readonly negligible: number;
}

/**
 * The three estimators of the average treatment effect of an attribute on the reward (arXiv 2410.11348): naive, single rewrite and
 * RATE; over all examples (ATE), the treated (ATT) and the untreated (ATU). Units are those of the reward. An estimate that the data
 * cannot give is a row that says why. Throws a RangeError on rewards that are not finite.
 *
 * @example
 * const table = {
 *   treated: Uint8Array.of(1, 1, 0, 0),
 *   original: Float64Array.of(2.1, 1.9, 1.0, 0.8),
 *   rewrite: Float64Array.of(1.2, 1.0, 1.7, 1.9),
 *   rewriteOfRewrite: Float64Array.of(2.0, 1.8, 1.1, 0.9),
 *   clusters: null,
 * };
 * const ate = estimateEffects(table).rows.find((row) => row.estimator === "rate" && row.estimand === "ate");
 */
export function estimateEffects(table: RewardTable, given: EstimateOptions = {}): EffectSummary {
  const options = { ...DEFAULTS, ...given };
  const moments = momentsOf(table);
  requireFinite(table, moments);
  const [untreatedCount, treatedCount] = moments.n;
  const estimands: Estimand[] = ["ate", "att", "atu"];
  const scale = scaleOf(moments);
  const paired = (estimator: "single_rewrite" | "rate") =>
    estimands.map((estimand) => pairedRow(table, moments, scale, estimator, estimand, options));
  const { negligible } = options;
  const facts = factsOf(table, options.facts);
  const rows = [naiveRow(moments, scale, options), ...paired("single_rewrite"), ...paired("rate")];
  return {
    rows: rows.map((row) => withVerdict(row, facts, negligible)),
    facts,
    negligible,
    rewriteEffect: { treated: rewriteEffect(moments, 1), untreated: rewriteEffect(moments, 0) },
    rewardStd: rewardScale(moments),
    treatedCount,
    untreatedCount,
    withoutOriginal: treatedCount + untreatedCount - moments.withOriginal[0] - moments.withOriginal[1],
    clusterCount: table.clusters && new Set(table.clusters).size,
  };
}

const WANTED = { ate: null, att: 1, atu: 0 } as const;

/** Mean of the paired differences; ATE is over both arms, which weights ATT and ATU by their numbers of examples. */
function pairedRow(
  table: RewardTable,
  moments: Moments,
  scale: Estimate | null,
  estimator: Exclude<Estimator, "naive">,
  estimand: Estimand,
  options: Required<EstimateOptions>,
): EffectRow {
  const estimate = estimateOf(moments, estimator, estimand);
  if (!estimate) return { estimator, estimand, value: null, reason: whyEmpty(moments, estimator, estimand) };
  const uncertainty = (): Uncertainty => {
    const error = errorOf(moments, estimate);
    const method = table.clusters ? "cluster" : "paired";
    if (!error) return { standardError: null, method, reason: ALONE[method] };
    if (table.clusters || options.standardError === "paired" || estimator !== "rate")
      return { ...error, method };
    return unpairedError(pairedContrasts(table, "rewriteOfRewrite", WANTED[estimand]));
  };
  return rowOf(moments, estimator, estimand, estimate, scale, uncertainty(), options);
}

/** As if the two rewrites were independent samples: √(var(do1)/n + var(do0)/n). */
function unpairedError({ treatedRewards, untreatedRewards }: PairedContrasts): Uncertainty {
  const n = treatedRewards.length;
  const variance = sampleVariance(treatedRewards) + sampleVariance(untreatedRewards);
  return { standardError: Math.sqrt(variance / n), degrees: 2 * (n - 1), method: "unpaired" };
}

/** Difference of the mean rewards of the originals in the two arms; Welch's error without clusters. */
function naiveRow(moments: Moments, scale: Estimate | null, options: Required<EstimateOptions>): EffectRow {
  const estimate = estimateOf(moments, "naive", "ate");
  const [n0, n1] = moments.withOriginal;
  if (!estimate) {
    const missing =
      n1 === 0 && n0 === 0
        ? "no original has a reward"
        : `no original with w = ${n1 === 0 ? 1 : 0} has a reward`;
    const reason = `${missing}; the naive comparison needs both arms`;
    return { estimator: "naive", estimand: "ate", value: null, reason };
  }
  const uncertainty = (): Uncertainty => {
    if (moments.clusterSums) {
      const error = errorOf(moments, estimate);
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
    const [squares0, squares1] = moments.originalSquares;
    const [part1, part0] = [squares1 / (n1 - 1) / n1, squares0 / (n0 - 1) / n0];
    const degrees = (part1 + part0) ** 2 / (part1 ** 2 / (n1 - 1) + part0 ** 2 / (n0 - 1)) || n1 + n0 - 2;
    return { standardError: Math.sqrt(part1 + part0), degrees, method: "two_sample" };
  };
  return rowOf(moments, "naive", "ate", estimate, scale, uncertainty(), options);
}

const ALONE = {
  paired: "one example alone has no standard error",
  cluster: "one cluster alone has no standard error",
} as const;

/** Until `withVerdict` has looked at the row. */
const UNJUDGED = { verdict: "unusable", verdictReason: null } as const;

function rowOf(
  moments: Moments,
  estimator: Estimator,
  estimand: Estimand,
  estimate: Estimate,
  scale: Estimate | null,
  uncertainty: Uncertainty,
  { interval }: Required<EstimateOptions>,
): Effect {
  const [untreated, treated] = estimator === "rate" ? moments.n : moments.withOriginal;
  return {
    ...UNJUDGED,
    estimator,
    estimand,
    value: estimate.value,
    ...infer(estimate.value, uncertainty, interval),
    effectSize: scale && effectSize(moments, sizeOf(estimate, scale), interval),
    n: estimate.n,
    treatedCount: estimand === "atu" ? 0 : treated,
    untreatedCount: estimand === "att" ? 0 : untreated,
  };
}

/** The effect in standard deviations of the reward, which are estimated too: by the delta method. Unpaired errors have no say in it. */
function effectSize(moments: Moments, size: Estimate, interval: IntervalOptions): EffectSize {
  const error = errorOf(moments, size);
  if (!error) return { value: size.value, standardError: null, interval: null, pValue: null };
  const inference = infer(size.value, { ...error, method: "paired" }, interval);
  return {
    value: size.value,
    standardError: error.standardError,
    interval: inference.interval,
    pValue: inference.pValue,
  };
}

function rewriteEffect({ withOriginal, back, backSquares }: Moments, arm: 0 | 1): RewriteEffect {
  const n = withOriginal[arm];
  return {
    n,
    value: n > 0 ? back[arm] : null,
    standardError: n > 1 ? Math.sqrt(backSquares[arm] / (n - 1) / n) : null,
  };
}

/**
 * Pooled standard deviation of the originals' rewards over the arms that have any, each arm with its n − 1; of both rewrites' rewards,
 * again by arm, when no original has a reward.
 */
function rewardScale({ withOriginal, squares, degrees }: Moments): RewardScale {
  return {
    value: degrees === 0 ? null : Math.sqrt((squares[0] + squares[1]) / degrees),
    pooledOver: withOriginal[0] + withOriginal[1] > 0 ? "original" : "rewrites",
  };
}

function whyEmpty({ n }: Moments, estimator: Exclude<Estimator, "naive">, estimand: Estimand): string {
  if (n[0] + n[1] === 0) return "there are no examples";
  const arm = WANTED[estimand];
  if (arm !== null && n[arm] === 0) return `no example has w = ${arm}`;
  return estimator === "single_rewrite" ? "no original has a reward" : "no example has both rewrites";
}

/** A reward that is not finite makes a mean so; finite ones can do that too, where they are very large. */
function requireFinite(table: RewardTable, { pair, single }: Moments): void {
  if ([...pair, ...single].every(Number.isFinite)) return;
  for (const name of ["rewrite", "rewriteOfRewrite", "original"] as const) {
    const row = firstUnfit(table[name], name === "original");
    if (row >= 0)
      throw new RangeError(
        `estimateEffects requires finite rewards: row ${row} has ${name} ${table[name][row]}`,
      );
  }
}

/** The first row whose value is not finite, and not a missing one where that may be; −1 when there is none. */
function firstUnfit(values: Float64Array, mayMiss: boolean): number {
  for (let row = 0; row < values.length; row += 1) {
    const value = values[row]!;
    if (value - value !== 0 && !(mayMiss && Number.isNaN(value))) return row;
  }
  return -1;
}
