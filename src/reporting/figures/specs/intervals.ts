import type { TopLevelSpec } from "vega-lite";
import { escapeControls } from "../../../domain/escape-controls.js";
import { LINE_BREAK, wrapped } from "./labels.js";
import { configOf, SCHEMA, styleOf, THEMES, type ThemeName } from "./theme.js";

/** An estimate with its interval, in the unit of the axis. */
export interface IntervalRow {
  /** The panel that it stands in. */
  readonly panel: string;
  /** The line of the panel. */
  readonly label: string;
  /** What it is; several may share a line. */
  readonly series: string;
  readonly value: number;
  readonly low: number;
  readonly high: number;
  /** A wider interval behind the other, that holds for all rows at once. */
  readonly wide?: { readonly low: number; readonly high: number };
}

export interface IntervalFigure {
  readonly description: string;
  readonly axis: string;
  readonly rows: readonly IntervalRow[];
}

/** Points with their intervals, a panel a group, all on one scale with its zero; the order is that of the rows. */
export function intervalPanels(
  { description, axis, rows }: IntervalFigure,
  themeName: ThemeName,
): TopLevelSpec {
  const theme = THEMES[themeName];
  const panels = distinct(rows.map(({ panel }) => panel));
  const series = distinct(rows.map((row) => row.series));
  const columns = columnsFor(panels.length);
  const width = Math.floor(theme.width / columns);
  const labelled = rows.some(({ label, series }) => label !== series);
  const labelWidth = theme.width / (columns === 1 ? 1.25 : 2.4);
  const scales = scalesOf(series);
  const domain = domainOf(rows);
  const legend = labelled && series.length > 1 ? {} : null;

  const panelOf = (panel: string, index: number) => {
    const own = rows.filter((row) => row.panel === panel);
    const labels = distinct(own.map(({ label }) => label));
    const lines = new Map(
      labels.map((label) => [label, wrapped(label, labelWidth, theme.font).join(LINE_BREAK)]),
    );
    const tallest = Math.max(...[...lines.values()].map((line) => line.split(LINE_BREAK).length));
    const sharing = distinct(own.map((row) => escapeControls(row.series)));
    const spread = labelled ? sharing.length : 1;
    const lineHeight = theme.font + 3;
    const step = Math.max(theme.step * (0.55 + 0.65 * spread), tallest * lineHeight + 5);
    const bottom = index + columns >= panels.length;
    const y = {
      field: "label",
      type: "nominal",
      sort: [...lines.values()],
      axis: {
        title: null,
        ticks: false,
        domain: false,
        grid: false,
        labelLineHeight: lineHeight,
        labelExpr: `split(datum.label, ${JSON.stringify(LINE_BREAK)})`,
        // A label of several lines begins at the middle; it is moved up by half of what follows.
        labelOffset: {
          condition: Array.from({ length: tallest - 1 }, (_, more) => ({
            test: `length(split(datum.label, ${JSON.stringify(LINE_BREAK)})) === ${more + 2}`,
            value: (-(more + 1) * lineHeight) / 2,
          })),
          value: 0,
        },
      },
      scale: { paddingInner: 0, paddingOuter: 0 },
    } as const;
    const offset =
      spread > 1
        ? { yOffset: { field: "series", type: "nominal", sort: sharing, scale: { paddingOuter: 0.5 } } }
        : {};
    const x = (field: string) => ({
      field,
      type: "quantitative",
      scale: { domain, nice: true, zero: false },
      axis: {
        title: bottom ? wrapped(axis, width + labelWidth / 2, theme.font) : null,
        labels: bottom,
        ticks: bottom,
        domain: bottom,
        grid: true,
        tickCount: Math.max(3, Math.round(width / 65)),
      },
    });
    const colour = { field: "series", type: "nominal", scale: scales.colour, legend } as const;
    const interval = (name: string, layer: object) => ({
      transform: [{ filter: { field: "series", equal: name } }],
      ...layer,
    });
    const bars = sharing.flatMap((name) => {
      const style = styleOf(name);
      const thin = { strokeWidth: theme.line, color: style.colour, opacity: 1 };
      const cap = (field: string) =>
        interval(name, {
          mark: { type: "tick", thickness: theme.line, size: theme.cap, color: style.colour, opacity: 1 },
          encoding: { y, ...offset, x: x(field) },
        });
      return [
        ...(own.some(({ series, wide }) => wide && escapeControls(series) === name)
          ? [
              interval(name, {
                mark: { type: "rule", ...thin },
                encoding: { y, ...offset, x: x("wide_low"), x2: { field: "wide_high" } },
              }),
            ]
          : []),
        interval(name, {
          mark: {
            type: "rule",
            color: style.colour,
            ...(style.dash && { strokeDash: [...style.dash] }),
            strokeWidth: style.width * theme.line,
          },
          encoding: { y, ...offset, x: x("low"), x2: { field: "high" } },
        }),
        cap("low"),
        cap("high"),
      ];
    });
    return {
      title: { text: wrapped(panel, width + labelWidth / 2, theme.title), frame: "group" },
      width,
      height: { step, for: "position" },
      data: {
        values: own.map(({ label, series: name, value, low, high, wide }) => ({
          label: lines.get(label),
          series: escapeControls(name),
          value,
          low,
          high,
          ...(wide && { wide_low: wide.low, wide_high: wide.high }),
        })),
      },
      layer: [
        {
          mark: { type: "rule", color: "#777777", strokeWidth: theme.line },
          encoding: { x: { datum: 0, type: "quantitative" } },
        },
        ...bars,
        {
          mark: { type: "point", size: theme.point, opacity: 1, strokeWidth: 1.3 * theme.line },
          encoding: {
            y,
            ...offset,
            x: x("value"),
            stroke: colour,
            fill: { field: "series", type: "nominal", scale: scales.fill, legend },
            shape: { field: "series", type: "nominal", scale: scales.shape, legend },
          },
        },
      ],
    };
  };
  return {
    $schema: SCHEMA,
    description,
    concat: panels.map(panelOf),
    columns,
    spacing: { row: 10, column: 18 },
    resolve: {
      scale: { stroke: "shared", fill: "shared", shape: "shared" },
      legend: { stroke: "shared", fill: "shared", shape: "shared" },
    },
    config: configOf(theme),
  } as TopLevelSpec;
}

/** Panels side by side: one column as long as the figure stays low. */
function columnsFor(panels: number): number {
  return panels <= 6 ? 1 : panels <= 12 ? 2 : 3;
}

function distinct(names: readonly string[]): string[] {
  return [...new Set(names)];
}

/** From the lowest end of an interval to the highest, zero included. */
function domainOf(rows: readonly IntervalRow[]): [number, number] {
  const ends = rows.flatMap(({ low, high, wide }) => [low, high, ...(wide ? [wide.low, wide.high] : [])]);
  const [low, high] = [Math.min(0, ...ends), Math.max(0, ...ends)];
  const margin = 0.02 * (high - low || 1);
  return [low < 0 ? low - margin : 0, high + margin];
}

function scalesOf(series: readonly string[]) {
  const domain = series.map(escapeControls);
  const styles = series.map(styleOf);
  return {
    colour: { domain, range: styles.map(({ colour }) => colour) },
    fill: { domain, range: styles.map(({ fill }) => fill) },
    shape: { domain, range: styles.map(({ shape }) => shape) },
  };
}
