import type { Config } from "vega-lite";
import type { Estimator } from "../../../domain/effect.js";

/** Where a figure will be looked at: `paper` has the size of print (8 points, 6.5 inches wide at most), `screen` is larger. */
export const THEMES = {
  paper: { font: 10.5, title: 11, width: 360, step: 15, line: 1, point: 24, cap: 8 },
  screen: { font: 14, title: 15, width: 540, step: 21, line: 1.3, point: 42, cap: 11 },
} as const satisfies Record<string, Theme>;

export type ThemeName = keyof typeof THEMES;

export interface Theme {
  /** Font sizes in CSS pixels (0.75 points). */
  readonly font: number;
  readonly title: number;
  /** Width of all panels that stand side by side, without their labels. */
  readonly width: number;
  /** Height of a line of a panel. */
  readonly step: number;
  /** Strength of lines. */
  readonly line: number;
  /** Area of a point, and height of an interval's ends. */
  readonly point: number;
  readonly cap: number;
}

export const SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json";

/** How an estimator is drawn everywhere: RATE strong, what it is compared with quiet. */
export interface SeriesStyle {
  readonly colour: string;
  readonly fill: string;
  /** Null for a whole line. */
  readonly dash: readonly number[] | null;
  readonly width: number;
  readonly shape: string;
}

/** Colours that stay apart for the colour-blind (Okabe and Ito); dashes and shapes tell the series apart without any. */
const STYLES: Readonly<Record<string, SeriesStyle>> = {
  naive: { colour: "#D55E00", fill: "#FFFFFF", dash: [2, 2], width: 1.2, shape: "circle" },
  "single rewrite": { colour: "#C98A00", fill: "#FFFFFF", dash: [5, 2], width: 1.2, shape: "square" },
  RATE: { colour: "#0072B2", fill: "#0072B2", dash: null, width: 2.6, shape: "circle" },
} satisfies Record<(typeof SERIES)[Estimator], SeriesStyle>;

const OTHER: SeriesStyle = {
  colour: "#222222",
  fill: "#222222",
  dash: null,
  width: 1.8,
  shape: "diamond",
};

/** Estimators as people read them. */
export const SERIES = { naive: "naive", single_rewrite: "single rewrite", rate: "RATE" } as const;

export function styleOf(series: string): SeriesStyle {
  return Object.hasOwn(STYLES, series) ? STYLES[series]! : OTHER;
}

/** The settings that all figures share. */
export function configOf({ font, title, line }: Theme): Config {
  return {
    background: "white",
    view: { stroke: null },
    axis: {
      labelFontSize: font,
      titleFontSize: font,
      titleFontWeight: "normal",
      labelColor: "#222222",
      titleColor: "#222222",
      domainColor: "#888888",
      tickColor: "#888888",
      gridColor: "#ECECEC",
      domainWidth: line,
      tickWidth: line,
      gridWidth: line,
      labelLimit: 0,
      labelPadding: 4,
    },
    axisQuantitative: { labelFlush: false, labelOverlap: "greedy", labelSeparation: 4 },
    legend: {
      labelFontSize: font,
      titleFontSize: font,
      titleFontWeight: "normal",
      labelLimit: 0,
      titleLimit: 0,
      symbolSize: 60,
      orient: "top",
      direction: "horizontal",
      title: null,
      offset: 6,
    },
    title: { fontSize: title, fontWeight: "bold", anchor: "start", color: "#222222", limit: 0, offset: 6 },
  };
}
