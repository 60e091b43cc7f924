import type { TopLevelSpec } from "vega-lite";
import type { ScoreDensity } from "../../../estimation/estimators/score-densities.js";
import { wrapped } from "./labels.js";
import { configOf, SCHEMA, THEMES, type ThemeName } from "./theme.js";

/** The rewards of one data set under one reward model. */
export interface DensityPanel {
  readonly concept: string;
  readonly rewardKey: string;
  readonly densities: readonly ScoreDensity[];
}

/** What is compared with is pale and dashed, the rewrite of the rewrite strong. */
const STYLES = {
  original: { colour: "#D55E00", fill: 0.12, dash: [4, 2], width: 1.3 },
  rewrite: { colour: "#C98A00", fill: 0.12, dash: [4, 2], width: 1.3 },
  "rewritten rewrite": { colour: "#0072B2", fill: 0.25, dash: null, width: 2 },
} as const;

/**
 * Densities of the rewards of the originals and of the rewrites of the rewrites, with their means and the means' intervals. One panel a data set and reward model.
 *
 * @example
 * const { table, rewardKey } = await readScored("scored.jsonl", { rewardKey: null });
 * scoreDensityPlot([{ concept: "length", rewardKey, densities: scoreDensities(table) }], "paper");
 */
export function scoreDensityPlot(panels: readonly DensityPanel[], themeName: ThemeName): TopLevelSpec {
  const theme = THEMES[themeName];
  const columns = panels.length <= 2 ? 1 : panels.length <= 8 ? 2 : 3;
  const width = Math.floor((1.5 * theme.width) / columns);
  const texts = (["original", "rewrite", "rewritten rewrite"] as const).filter((text) =>
    panels.some(({ densities }) => densities.some((density) => density.text === text)),
  );
  const colour = {
    field: "text",
    type: "nominal",
    scale: { domain: texts, range: texts.map((text) => STYLES[text].colour) },
    legend: {},
  };
  const panelOf = ({ concept, rewardKey, densities }: DensityPanel, index: number) => {
    const bottom = index + columns >= panels.length;
    const x = (field: string) => ({
      field,
      type: "quantitative",
      scale: { zero: false, nice: false },
      axis: {
        title: bottom ? "reward" : null,
        grid: false,
        tickCount: Math.max(3, Math.round(width / 60)),
      },
    });
    const y = (field: string) => ({
      field,
      type: "quantitative",
      axis: null,
      scale: { zero: true, nice: false },
    });
    const layers = densities.flatMap(({ text, places, heights, mean, low, high }) => {
      const style = STYLES[text];
      const curve = Array.from(places, (place, at) => ({ text, place, height: heights[at] }));
      const top = heightAt(mean, places, heights);
      const summary = [{ text, mean, low, high, height: top, floor: 0 }];
      const dashed = style.dash ? { strokeDash: [...style.dash] } : {};
      return [
        {
          data: { values: curve },
          mark: {
            type: "area",
            fillOpacity: style.fill,
            line: { strokeWidth: style.width * theme.line, opacity: 1, ...dashed },
          },
          encoding: { x: x("place"), y: y("height"), color: colour },
        },
        {
          data: { values: summary },
          mark: { type: "rule", strokeWidth: style.width * theme.line, ...dashed },
          encoding: { x: x("mean"), y: y("floor"), y2: { field: "height" }, color: colour },
        },
        {
          data: { values: summary },
          mark: { type: "rule", strokeWidth: 4 * theme.line, opacity: 0.9 },
          encoding: { x: x("low"), x2: { field: "high" }, y: y("height"), color: colour },
        },
      ];
    });
    return {
      title: { text: wrapped(`${concept} · ${rewardKey}`, 0.95 * width, theme.title), frame: "group" },
      width,
      height: theme.step * 5,
      layer: layers,
    };
  };
  return {
    $schema: SCHEMA,
    description: "Densities of the rewards of originals and of rewrites of rewrites, with their means",
    concat: panels.map(panelOf),
    columns,
    spacing: { row: 14, column: 22 },
    resolve: { scale: { color: "shared" }, legend: { color: "shared" } },
    config: { ...configOf(theme), area: { clip: true } },
  } as unknown as TopLevelSpec;
}

/** The density's height at a place, linear between its neighbours. */
function heightAt(place: number, places: Float64Array, heights: Float64Array): number {
  const step = places[1]! - places[0]!;
  const at = Math.min(places.length - 2, Math.max(0, (place - places[0]!) / step));
  const below = Math.floor(at);
  return heights[below]! + (at - below) * (heights[below + 1]! - heights[below]!);
}
