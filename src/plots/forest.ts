import type { TopLevelSpec } from "vega-lite";

/** An estimate with its interval, in the unit of the axis. */
export interface ForestRow {
  readonly group: string;
  readonly name: string;
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** Colours that stay apart for the colour-blind (Okabe and Ito), the same for a name in every figure. */
const COLOURS: Readonly<Record<string, string>> = {
  naive: "#D55E00",
  "single rewrite": "#E69F00",
  RATE: "#0072B2",
};
const OTHER_COLOUR = "#222222";

/** Estimates and intervals, one panel a group, one line an estimator; the zero line is drawn. */
export function forestPlot(rows: readonly ForestRow[], axis: string): TopLevelSpec {
  const groups = [...new Set(rows.map((row) => row.group))];
  const names = [...new Set(rows.map((row) => row.name))];
  const y = {
    field: "name",
    type: "nominal",
    sort: names,
    axis: { title: null, ticks: false, domain: false },
  } as const;
  const colour = {
    field: "name",
    type: "nominal",
    scale: { domain: names, range: names.map((name) => COLOURS[name] ?? OTHER_COLOUR) },
    legend: null,
  } as const;
  return {
    $schema: "https://vega.github.io/schema/vega-lite/v6.json",
    data: { values: [...rows] },
    facet: {
      row: {
        field: "group",
        type: "nominal",
        sort: groups,
        header: {
          title: null,
          labelAngle: 0,
          labelAlign: "left",
          labelAnchor: "start",
          labelOrient: "top",
          labelFontWeight: "bold",
          labelFontSize: 12,
          labelLimit: 520,
        },
      },
    },
    spec: {
      width: 440,
      height: { step: 22 },
      layer: [
        { mark: { type: "rule", color: "#999999" }, encoding: { x: { datum: 0 } } },
        {
          mark: { type: "rule", strokeWidth: 2 },
          encoding: {
            y,
            x: { field: "low", type: "quantitative", title: axis },
            x2: { field: "high" },
            color: colour,
          },
        },
        {
          mark: { type: "point", filled: true, size: 70, opacity: 1 },
          encoding: { y, x: { field: "value", type: "quantitative" }, color: colour },
        },
      ],
    },
    spacing: 14,
    config: {
      view: { stroke: null },
      font: "system-ui, sans-serif",
      axis: { grid: false, labelFontSize: 11, titleFontSize: 11, titleFontWeight: "normal" },
    },
  };
}
