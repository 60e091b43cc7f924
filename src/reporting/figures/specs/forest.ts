import type { TopLevelSpec } from "vega-lite";
import { ESTIMATORS } from "../../../domain/effect.js";
import { intervalPanels } from "./intervals.js";
import { conceptNames, marked, type PlottedResult, sizeAxis, sizeOf } from "./results.js";
import { SERIES, type ThemeName } from "./theme.js";

/** An estimate with its interval, in the unit of the axis. */
export interface ForestRow {
  readonly group: string;
  readonly name: string;
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** Estimates and intervals, one panel a group, one line an estimator; the zero line is drawn. */
export function forestPlot(
  rows: readonly ForestRow[],
  axis: string,
  theme: ThemeName = "screen",
): TopLevelSpec {
  return intervalPanels(
    {
      description: "Estimates with their intervals",
      axis,
      rows: rows.map(({ group, name, value, low, high }) => ({
        panel: group,
        label: name,
        series: name,
        value,
        low,
        high,
      })),
    },
    theme,
  );
}

/** The interval that holds for all rows of a study at once. */
export type Simultaneous = (result: PlottedResult) => { readonly low: number; readonly high: number } | null;

/**
 * A whole study: one panel an attribute, one line a reward model (one panel where there is one model alone), with every estimator's ATE. With `simultaneous`, RATE's interval stands on the one that
 * holds for the whole study at once.
 *
 * @example
 * studyForest(await readEffects("study.json"), "paper");
 */
export function studyForest(
  results: readonly PlottedResult[],
  theme: ThemeName,
  simultaneous: Simultaneous = () => null,
): TopLevelSpec {
  const concepts = conceptNames(results);
  const oneModel = new Set(results.map(({ reward_key }) => reward_key)).size === 1;
  const rows = results.flatMap((result, index) =>
    ESTIMATORS.flatMap((estimator) => {
      const size = sizeOf(result, estimator, "ate");
      if (!size) return [];
      const wide = estimator === "rate" ? simultaneous(result) : null;
      const names = [concepts[index]!, result.reward_key] as const;
      const [panel, label] = oneModel ? [names[1], names[0]] : names;
      const row = { panel, label: marked(label, result), series: SERIES[estimator], ...size };
      return [wide ? { ...row, wide } : row];
    }),
  );
  const all = rows.some((row) => "wide" in row) ? "; thin lines: for all rows at once" : "";
  return intervalPanels(
    {
      description: "Effects of each attribute under each reward model, with their intervals",
      axis: `${sizeAxis(results)}${all}`,
      rows: grouped(rows),
    },
    theme,
  );
}

/** Rows of the same panel together, in the order of the panels' first rows. */
function grouped<Row extends { panel: string }>(rows: readonly Row[]): Row[] {
  return [...new Set(rows.map(({ panel }) => panel))].flatMap((panel) =>
    rows.filter((row) => row.panel === panel),
  );
}
