import type { TopLevelSpec } from "vega-lite";
import { ESTIMANDS } from "../../../domain/effect.js";
import { intervalPanels } from "./intervals.js";
import { conceptNames, type PlottedResult, sizeAxis, sizeOf } from "./results.js";
import { SERIES, type ThemeName } from "./theme.js";

/**
 * What the rewriter does by itself: ATE, ATT and ATU by one rewrite against two, one panel an attribute and reward model.
 *
 * @example
 * rewriteBias(await readEffects("study.json"), "paper");
 */
export function rewriteBias(results: readonly PlottedResult[], theme: ThemeName): TopLevelSpec {
  const concepts = conceptNames(results);
  const rows = results.flatMap((result, index) =>
    ESTIMANDS.flatMap((estimand) =>
      (["single_rewrite", "rate"] as const).flatMap((estimator) => {
        const size = sizeOf(result, estimator, estimand);
        const panel = `${concepts[index]} · ${result.reward_key}`;
        return size ? [{ panel, label: estimand.toUpperCase(), series: SERIES[estimator], ...size }] : [];
      }),
    ),
  );
  return intervalPanels(
    {
      description: "Effects by a single rewrite and by RATE, which rewrites twice: ATE, ATT and ATU",
      axis: sizeAxis(results),
      rows,
    },
    theme,
  );
}
