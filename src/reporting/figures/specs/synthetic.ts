import type { TopLevelSpec } from "vega-lite";
import { ESTIMATORS, type Estimator } from "../../../domain/effect.js";
import { escapeControls } from "../../../domain/escape-controls.js";
import { wrapped } from "./labels.js";
import { configOf, SCHEMA, SERIES, styleOf, THEMES, type ThemeName } from "./theme.js";

/** Estimates while a confounder grows. */
export interface SyntheticSeries {
  readonly estimator: Estimator;
  /** Size of the confounder, and the estimate there, in effect sizes with its interval. */
  readonly points: readonly {
    readonly at: number;
    readonly value: number;
    readonly low: number;
    readonly high: number;
  }[];
  /** How the estimate moves with the confounder, and the error of that. */
  readonly slope: { readonly value: number; readonly standardError: number } | null;
}

/** One way in which the confounder grows. */
export interface SyntheticPanel {
  readonly title: string;
  /** What grows. */
  readonly axis: string;
  readonly series: readonly SyntheticSeries[];
}

export interface SyntheticFigure {
  readonly title: string;
  /** What is estimated, in which unit. */
  readonly effect: string;
  /** What the estimates should be, where it is known. */
  readonly truth: number | null;
  readonly panels: readonly SyntheticPanel[];
}

/** One panel a direction of the confounder, one line with its band an estimator; slopes stand in the legend below each panel. */
export function syntheticPlot(figure: SyntheticFigure, themeName: ThemeName): TopLevelSpec {
  const theme = THEMES[themeName];
  const { panels } = figure;
  const width = Math.floor((1.45 * theme.width) / Math.max(2, panels.length));
  const ends = panels
    .flatMap(({ series }) => series.flatMap(({ points }) => points))
    .flatMap(({ low, high }) => [low, high]);
  const domain = [Math.min(0, ...ends), Math.max(0, ...ends)];
  const panelOf = (panel: SyntheticPanel, index: number) => {
    const own = ESTIMATORS.flatMap((estimator) =>
      panel.series.filter((series) => series.estimator === estimator),
    );
    const x = {
      field: "at",
      type: "quantitative",
      scale: { zero: false, nice: false, padding: 6 },
      axis: { title: wrapped(panel.axis, width, theme.font), grid: false, tickCount: 6 },
    };
    const y = (field: string) => ({
      field,
      type: "quantitative",
      scale: { domain, nice: true },
      axis: {
        title: index === 0 ? wrapped(figure.effect, 12 * theme.step, theme.font) : null,
      },
    });
    const layers = own.flatMap(({ estimator, points, slope }) => {
      const style = styleOf(SERIES[estimator]);
      const values = points.map((point) => ({ ...point, series: SERIES[estimator] }));
      return [
        {
          data: { values },
          mark: { type: "area", color: style.colour, opacity: estimator === "rate" ? 0.25 : 0.12 },
          encoding: { x, y: y("low"), y2: { field: "high" } },
        },
        {
          data: { values },
          mark: {
            type: "line",
            color: style.colour,
            strokeWidth: style.width * theme.line,
            ...(style.dash && { strokeDash: [...style.dash] }),
          },
          encoding: { x, y: y("value") },
        },
        {
          data: { values: values.map((value) => ({ ...value, slope: slopeText(SERIES[estimator], slope) })) },
          mark: { type: "point", size: theme.point, opacity: 1, strokeWidth: theme.line },
          encoding: { x, y: y("value"), ...legendOf(own) },
        },
      ];
    });
    return {
      title: { text: wrapped(panel.title, width, theme.title), frame: "group" },
      width,
      height: 12 * theme.step,
      layer: [
        {
          data: { values: [{}] },
          mark: { type: "rule", color: "#777777", strokeWidth: theme.line },
          encoding: { y: { datum: 0, type: "quantitative" } },
        },
        ...(figure.truth === null || figure.truth === 0
          ? []
          : [
              {
                data: { values: [{}] },
                mark: { type: "rule", color: "#222222", strokeDash: [1, 3], strokeWidth: 1.5 * theme.line },
                encoding: { y: { datum: figure.truth, type: "quantitative" } },
              },
            ]),
        ...layers,
      ],
    };
  };
  const legendOf = (own: readonly SyntheticSeries[]) => {
    const domain = own.map(({ estimator, slope }) => slopeText(SERIES[estimator], slope));
    const styles = own.map(({ estimator }) => styleOf(SERIES[estimator]));
    const legend = { orient: "bottom", direction: "vertical", offset: 4 };
    const channel = (range: readonly string[]) => ({
      field: "slope",
      type: "nominal",
      scale: { domain, range },
      legend,
    });
    return {
      stroke: channel(styles.map(({ colour }) => colour)),
      fill: channel(styles.map(({ fill }) => fill)),
      shape: channel(styles.map(({ shape }) => shape)),
    };
  };
  return {
    $schema: SCHEMA,
    description: `${escapeControls(figure.title)}: estimates with their intervals while a confounder grows`,
    title: { text: wrapped(figure.title, panels.length * width, theme.title), offset: 10 },
    hconcat: panels.map(panelOf),
    spacing: 20,
    resolve: {
      scale: { stroke: "independent", fill: "independent", shape: "independent" },
      legend: { stroke: "independent", fill: "independent", shape: "independent" },
    },
    config: configOf(theme),
  } as unknown as TopLevelSpec;
}

function slopeText(name: string, slope: SyntheticSeries["slope"]): string {
  if (!slope) return name;
  return `${name}: slope ${signed(slope.value)} (se ${slope.standardError.toFixed(3)})`;
}

function signed(value: number): string {
  const digits = Math.abs(value).toFixed(3);
  return Number(digits) === 0 ? digits : `${value < 0 ? "−" : "+"}${digits}`;
}
