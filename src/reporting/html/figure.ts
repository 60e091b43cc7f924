import type { TopLevelSpec } from "vega-lite";
import type { EffectsFile, TruthCheck } from "../../estimation/files/effects-file.js";
import { type ForestRow, forestPlot } from "../figures/specs/forest.js";
import { ESTIMATOR_NAMES, percent } from "./words.js";

/** The estimates over all examples, in effect sizes where there is a scale; null when nothing can be drawn. */
export function estimatesFigure(results: readonly EffectsFile[]): TopLevelSpec | null {
  const rows = results.flatMap((effects) =>
    effects.estimates.flatMap((row): ForestRow[] => {
      const { effect_size: value, effect_size_ci_low: low, effect_size_ci_high: high } = row;
      if (row.estimand !== "ate" || value === null || low === null || high === null) return [];
      const group = [
        effects.concept ?? effects.dataset_name ?? effects.dataset_filename,
        effects.reward_key,
      ].join(" · ");
      return [{ group, name: ESTIMATOR_NAMES[row.estimator], value, low, high }];
    }),
  );
  const level = results[0]?.ci_level ?? 0.95;
  return rows.length === 0
    ? null
    : forestPlot(rows, `effect on the reward, in its standard deviations (with ${percent(level)} intervals)`);
}

/** Planted truth and what each estimator makes of it. */
export function truthFigure({ title, rows }: TruthCheck): TopLevelSpec {
  return forestPlot(
    rows.map(({ name, value, low, high }) => ({ group: title, name, value, low, high })),
    "effect on the reward, in its standard deviations (with 95 % intervals)",
  );
}
