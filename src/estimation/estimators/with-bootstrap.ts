import type { Effect, EffectRow, IntervalMethod } from "../../domain/effect.js";
import type { BootstrapResult } from "./bootstrap-intervals.js";
import type { EffectSummary } from "./estimate-effects.js";
import { STATISTICS } from "./sums.js";
import { withVerdict } from "./verdict.js";

/**
 * The same estimates with intervals and p-values of the bootstrap; standard errors stay those of the formulas. `results` are as
 * `summarizeReplicates` gives them.
 */
export function withBootstrap(
  summary: EffectSummary,
  results: readonly BootstrapResult[],
  {
    method,
    level,
  }: { readonly method: Extract<IntervalMethod, "percentile" | "bca">; readonly level: number },
): EffectSummary {
  const row = (row: EffectRow): EffectRow => {
    if (row.value === null) return row;
    const place = STATISTICS.findIndex(
      ([estimator, estimand]) => estimator === row.estimator && estimand === row.estimand,
    );
    const [effect, size] = [results[place]!, results[STATISTICS.length + place]!];
    return withVerdict(refine(row, effect, size, method, level), summary.facts, summary.negligible);
  };
  return { ...summary, rows: summary.rows.map(row) };
}

function refine(
  row: Effect,
  effect: BootstrapResult,
  size: BootstrapResult,
  method: "percentile" | "bca",
  level: number,
): Effect {
  if ("refused" in effect || row.standardError === null) {
    return {
      ...row,
      interval: null,
      pValue: null,
      effectSize: row.effectSize && { ...row.effectSize, interval: null, pValue: null },
      intervalMethod: method,
      inferenceReason: row.inferenceReason ?? ("refused" in effect ? effect.refused : null),
    };
  }
  return {
    ...row,
    interval: { low: effect.low, high: effect.high, level },
    pValue: effect.pValue,
    intervalMethod: method,
    effectSize: row.effectSize && {
      ...row.effectSize,
      interval: "refused" in size ? null : { low: size.low, high: size.high, level },
      pValue: "refused" in size ? null : size.pValue,
    },
  };
}
