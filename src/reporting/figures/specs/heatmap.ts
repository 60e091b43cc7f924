import type { TopLevelSpec } from "vega-lite";
import { LINE_BREAK, wrapped } from "./labels.js";
import { conceptNames, marked, type PlottedResult, sizeAxis, sizeOf } from "./results.js";
import { configOf, SCHEMA, THEMES, type ThemeName } from "./theme.js";

/** Beyond these shares of the largest effect a cell is dark, and its text light. */
const DARK = { above: 0.66, below: -0.8 };

/**
 * RATE's effects of all attributes under all reward models, as colours and as numbers with their intervals.
 *
 * @example
 * effectHeatmap(await readEffects("study.json"), "paper");
 */
export function effectHeatmap(results: readonly PlottedResult[], themeName: ThemeName): TopLevelSpec {
  const theme = THEMES[themeName];
  const concepts = conceptNames(results);
  const cells = results.flatMap((result, index) => {
    const size = sizeOf(result, "rate", "ate");
    if (!size) return [];
    return [
      {
        concept: wrapped(concepts[index]!, 7 * theme.font, theme.font).join(LINE_BREAK),
        model: wrapped(result.reward_key, 0.8 * theme.width, theme.font).join(LINE_BREAK),
        ...size,
        number: marked(shown(size.value, true), result),
        interval: `${shown(size.low)} to ${shown(size.high)}`,
      },
    ];
  });
  const largest = Math.max(...cells.map(({ value }) => Math.abs(value)), Number.MIN_VALUE);
  const lineHeight = theme.font + 3;
  const label = {
    title: null,
    ticks: false,
    domain: false,
    labelLineHeight: lineHeight,
    labelExpr: `split(datum.label, ${JSON.stringify(LINE_BREAK)})`,
  };
  const lines = Math.max(...cells.map(({ model }) => model.split(LINE_BREAK).length));
  const columns = new Set(cells.map(({ concept }) => concept)).size;
  const position = {
    x: {
      field: "concept",
      type: "nominal",
      sort: null,
      axis: { ...label, orient: "top", labelAngle: 0, labelBaseline: "bottom" },
    },
    y: {
      field: "model",
      type: "nominal",
      sort: null,
      axis: {
        ...label,
        labelOffset: {
          condition: Array.from({ length: lines - 1 }, (_, more) => ({
            test: `length(split(datum.label, ${JSON.stringify(LINE_BREAK)})) === ${more + 2}`,
            value: (-(more + 1) * lineHeight) / 2,
          })),
          value: 0,
        },
      },
    },
  };
  const ink = {
    condition: {
      test: `datum.value > ${DARK.above * largest} || datum.value < ${DARK.below * largest}`,
      value: "white",
    },
    value: "#222222",
  };
  return {
    $schema: SCHEMA,
    description: "Effects of each attribute under each reward model, with their intervals",
    data: { values: cells },
    width: { step: Math.max(8.2 * theme.font, (0.3 * theme.width) / columns) },
    height: { step: Math.max(3.2 * theme.font, lines * lineHeight + 6) },
    layer: [
      {
        mark: { type: "rect", stroke: "white", strokeWidth: 2 * theme.line },
        encoding: {
          color: {
            field: "value",
            type: "quantitative",
            scale: {
              scheme: "blueorange",
              reverse: true,
              domain: [-largest, largest],
              domainMid: 0,
            },
            legend: {
              title: wrapped(sizeAxis(results), 0.6 * theme.width, theme.font),
              orient: "bottom",
              gradientLength: 0.5 * theme.width,
              gradientThickness: theme.font,
              titleAnchor: "start",
              tickCount: 5,
            },
          },
        },
      },
      {
        mark: { type: "text", dy: -0.55 * theme.font, fontWeight: "bold", fontSize: theme.font },
        encoding: { text: { field: "number" }, color: ink },
      },
      {
        mark: { type: "text", dy: 0.65 * theme.font, fontSize: 0.85 * theme.font },
        encoding: { text: { field: "interval" }, color: ink },
      },
    ],
    encoding: position,
    config: configOf(theme),
  } as unknown as TopLevelSpec;
}

function shown(value: number, sign = false): string {
  const digits = Math.abs(value).toFixed(2);
  if (Number(digits) === 0) return digits;
  return `${value < 0 ? "−" : sign ? "+" : ""}${digits}`;
}
