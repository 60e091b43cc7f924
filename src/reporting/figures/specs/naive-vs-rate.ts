import type { TopLevelSpec } from "vega-lite";
import { intervalPanels } from "./intervals.js";
import { conceptNames, marked, type PlottedResult, sizeAxis, sizeOf } from "./results.js";
import { SERIES, type ThemeName } from "./theme.js";

/**
 * The naive comparison against RATE by attribute, one panel a reward model.
 *
 * @example
 * naiveVsRate(await readEffects("study.json"), "paper");
 */
export function naiveVsRate(results: readonly PlottedResult[], theme: ThemeName): TopLevelSpec {
  const concepts = conceptNames(results);
  const models = [...new Set(results.map(({ reward_key }) => reward_key))];
  const rows = models.flatMap((model) =>
    results.flatMap((result, index) =>
      (["naive", "rate"] as const).flatMap((estimator) => {
        const size = result.reward_key === model ? sizeOf(result, estimator, "ate") : null;
        return size
          ? [{ panel: model, label: marked(concepts[index]!, result), series: SERIES[estimator], ...size }]
          : [];
      }),
    ),
  );
  return intervalPanels(
    {
      description: "The naive comparison against RATE by attribute and reward model",
      axis: sizeAxis(results),
      rows,
    },
    theme,
  );
}
