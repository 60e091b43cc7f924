import type { Effect, EffectRow, IntervalMethod } from "../../domain/effect.js";
import type { BootstrapSummary } from "./bootstrap.js";
import type { EffectSummary } from "./estimate-effects.js";
import { STATISTICS } from "./sums.js";

/**
 * The same estimates with intervals and p-values of the bootstrap; standard errors stay those of the formulas. `summaries` are as
 * `summarizeReplicates` gives them.
 */
export function withBootstrap(
  summary: EffectSummary,
  summaries: readonly (BootstrapSummary | null)[],
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
    return refine(row, summaries[place] ?? null, summaries[STATISTICS.length + place] ?? null, method, level);
  };
  return { ...summary, rows: summary.rows.map(row) };
}

function refine(
  row: Effect,
  effect: BootstrapSummary | null,
  size: BootstrapSummary | null,
  method: "percentile" | "bca",
  level: number,
): Effect {
  if (!effect) {
    return {
      ...row,
      interval: null,
      pValue: null,
      intervalMethod: method,
      inferenceReason: "too few bootstrap replicates have this estimate",
    };
  }
  return {
    ...row,
    interval: { low: effect.low, high: effect.high, level },
    pValue: effect.pValue,
    intervalMethod: method,
    effectSize: row.effectSize && {
      ...row.effectSize,
      interval: size && { low: size.low, high: size.high, level },
    },
  };
}
