import type {
  DataFacts,
  Effect,
  EffectRow,
  EffectSize,
  Estimand,
  Estimator,
  StandardErrorMethod,
} from "../../domain/effect.js";
import type { RewardTable } from "../../domain/example.js";
import type { MeanError } from "../numeric/mean-error.js";
import { sampleVariance } from "../numeric/moments.js";
import { satterthwaite } from "../numeric/satterthwaite.js";
import { pairedContrasts } from "./contrasts.js";
import { type Estimate, errorOf, estimateOf, rewriteEffectOf, scaleOf, sizeOf } from "./estimate.js";
import { factsOf, type OutsideFacts } from "./facts.js";
import { type IntervalOptions, infer, type Uncertainty } from "./inference.js";
import { type Arm, type Moments, momentsOf } from "./moments.js";
import { requireUsable } from "./usable.js";
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
  /** Cluster-robust with clusters. */
  readonly standardError: number | null;
  readonly df: number | null;
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
 * cannot give is a row that says why. Throws a RangeError on columns of unequal length, and on rewards that are not finite or too large.
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
  requireUsable(table);
  const moments = momentsOf(table);
  const context = { table, moments, scale: scaleOf(moments), options };
  const { negligible } = options;
  const facts = factsOf(table, options.facts, moments);
  const rows = [naiveRow(context), ...pairedRows(context, "single_rewrite"), ...pairedRows(context, "rate")];
  const [untreatedCount, treatedCount] = moments.n;
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

interface EstimateContext {
  readonly table: RewardTable;
  readonly moments: Moments;
  readonly scale: Estimate | null;
  readonly options: Required<EstimateOptions>;
}

const ARM_OF = { ate: null, att: 1, atu: 0 } as const;

/** Means of the paired differences: over all examples, and by arm. */
function pairedRows(context: EstimateContext, estimator: "single_rewrite" | "rate"): EffectRow[] {
  const { table, moments, options } = context;
  return (["ate", "att", "atu"] as const).map((estimand) => {
    const estimate = estimateOf(moments, estimator, estimand);
    if (!estimate)
      return { estimator, estimand, value: null, reason: whyEmpty(moments, estimator, estimand) };
    const unpaired = options.standardError === "unpaired" && estimator === "rate" && !table.clusters;
    return rowOf(context, estimator, estimand, estimate, unpaired ? unpairedError(table, estimand) : null);
  });
}

/** As if the two rewrites were independent samples: √(var(do1)/n + var(do0)/n), with Welch's degrees of freedom. Null with fewer than two rows. */
function unpairedError(table: RewardTable, estimand: Estimand): MeanError | null {
  const { treatedRewards, untreatedRewards } = pairedContrasts(table, "rewriteOfRewrite", ARM_OF[estimand]);
  const n = treatedRewards.length;
  if (n < 2) return null;
  const parts = [treatedRewards, untreatedRewards].map((rewards) => ({
    variance: sampleVariance(rewards) / n,
    degrees: n - 1,
  }));
  return {
    standardError: Math.sqrt(parts[0]!.variance + parts[1]!.variance),
    degrees: satterthwaite(parts),
  };
}

/** Difference of the mean rewards of the originals in the two arms. */
function naiveRow(context: EstimateContext): EffectRow {
  const [n0, n1] = context.moments.withOriginal;
  const estimate = estimateOf(context.moments, "naive", "ate");
  if (estimate) return rowOf(context, "naive", "ate", estimate, null);
  const missing =
    n1 === 0 && n0 === 0
      ? "no original has a reward"
      : `no original with w = ${n1 === 0 ? 1 : 0} has a reward`;
  const reason = `${missing}; the naive comparison needs both arms`;
  return { estimator: "naive", estimand: "ate", value: null, reason };
}

const ALONE: Record<StandardErrorMethod, string> = {
  paired: "one example alone has no standard error",
  unpaired: "one example alone has no standard error",
  cluster: "one cluster alone has no standard error",
  two_sample: "an arm with one example alone has no variance",
};

/** Until `withVerdict` has looked at the row. */
const UNJUDGED = { verdict: "unusable", verdictReason: null } as const;

/** @param unpaired - the error to take in place of the paired one */
function rowOf(
  { table, moments, scale, options }: EstimateContext,
  estimator: Estimator,
  estimand: Estimand,
  estimate: Estimate,
  unpaired: MeanError | null,
): Effect {
  const [untreated, treated] = estimator === "rate" ? moments.n : moments.withOriginal;
  const own = errorOf(moments, estimate);
  const method: StandardErrorMethod = table.clusters
    ? "cluster"
    : unpaired
      ? "unpaired"
      : estimator === "naive"
        ? "two_sample"
        : "paired";
  const error = own && (unpaired ?? own);
  const uncertainty: Uncertainty = error
    ? { ...error, method }
    : { standardError: null, method, reason: ALONE[method] };
  return {
    ...UNJUDGED,
    estimator,
    estimand,
    value: estimate.value,
    ...infer(estimate.value, uncertainty, options.interval),
    effectSize: scale && effectSize(moments, estimate, scale, { own, taken: error }, options.interval),
    n: estimate.n,
    treatedCount: estimand === "atu" ? 0 : treated,
    untreatedCount: estimand === "att" ? 0 : untreated,
  };
}

/**
 * The effect in standard deviations of the reward, which are estimated too: by the delta method, with the degrees of freedom of the effect. Where the
 * error taken for the effect is not its own (unpaired), the variance differs by as much as that of the effect does.
 */
function effectSize(
  moments: Moments,
  effect: Estimate,
  scale: Estimate,
  { own, taken }: { readonly own: MeanError | null; readonly taken: MeanError | null },
  interval: IntervalOptions,
): EffectSize {
  const size = sizeOf(effect, scale);
  const error = taken && errorOf(moments, size);
  if (!own || !taken || !error)
    return { value: size.value, standardError: null, interval: null, pValue: null };
  const more = (taken.standardError / scale.value) ** 2 - (own.standardError / scale.value) ** 2;
  const standardError =
    taken === own ? error.standardError : Math.sqrt(Math.max(0, error.standardError ** 2 + more));
  const inference = infer(size.value, { standardError, degrees: taken.degrees, method: "paired" }, interval);
  return { value: size.value, standardError, interval: inference.interval, pValue: inference.pValue };
}

function rewriteEffect(moments: Moments, arm: Arm): RewriteEffect {
  const estimate = rewriteEffectOf(moments, arm);
  const error = estimate && errorOf(moments, estimate);
  return {
    n: estimate?.n ?? 0,
    value: estimate?.value ?? null,
    standardError: error?.standardError ?? null,
    df: error?.degrees ?? null,
  };
}

/**
 * Pooled standard deviation of the originals' rewards over the arms that have any, each arm with its n − 1; of both rewrites' rewards,
 * again by arm, when no original has a reward.
 */
function rewardScale(moments: Moments): RewardScale {
  const [o0, o1] = moments.withOriginal;
  return {
    value: moments.degrees === 0 ? null : (scaleOf(moments)?.value ?? 0),
    pooledOver: o0 + o1 > 0 ? "original" : "rewrites",
  };
}

function whyEmpty({ n }: Moments, estimator: Exclude<Estimator, "naive">, estimand: Estimand): string {
  if (n[0] + n[1] === 0) return "there are no examples";
  const arm = ARM_OF[estimand];
  if (arm !== null && n[arm] === 0) return `no example has w = ${arm}`;
  return estimator === "single_rewrite" ? "no original has a reward" : "no example has both rewrites";
}
