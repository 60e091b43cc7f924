import { ESTIMATORS } from "../../domain/effect.js";
import type { EffectsFile } from "../../estimation/files/effects-file.js";
import { renderSvg } from "../../reporting/figures/rendering/svg.js";
import {
  type SyntheticFile,
  type SyntheticPanelInFile,
  syntheticFigure,
} from "../../reporting/stage/synthetic-file.js";
import type { Context } from "../../storage/project/context.js";
import { type LevelTable, publishedSlope, slopeOf } from "./slope.js";

/** A level that has been estimated. */
export interface LevelResult extends LevelTable {
  readonly share: number;
  readonly counts: Readonly<Record<string, number>>;
  /** File names. */
  readonly dataset: string;
  readonly effectsFile: string;
  readonly effects: EffectsFile;
}

/** The levels of one direction, in units of one scale, and how each estimate moves over them. */
export function panelOf(
  titles: { readonly title: string; readonly axis: string },
  results: readonly LevelResult[],
  scale: number,
): SyntheticPanelInFile {
  return {
    ...titles,
    levels: results.map(({ at, share, counts, dataset, effectsFile, effects }) => ({
      at,
      share,
      counts: { ...counts },
      n: effects.Y1_count + effects.Y0_count,
      dataset,
      effects: effectsFile,
      estimates: effects.estimates.flatMap(({ estimator, estimand, value, ci_low, ci_high }) =>
        estimand !== "ate" || value === null || ci_low === null || ci_high === null
          ? []
          : [{ estimator, value: value / scale, low: ci_low / scale, high: ci_high / scale }],
      ),
    })),
    slopes: ESTIMATORS.flatMap((estimator) => {
      const slope = slopeOf(results, estimator, scale);
      return slope
        ? [
            {
              estimator,
              value: slope.value,
              standard_error: slope.standardError,
              ci_low: slope.low,
              ci_high: slope.high,
            },
          ]
        : [];
    }),
    published_slopes: ESTIMATORS.flatMap((estimator) => {
      const value = publishedSlope(results.map(({ effects }) => effectSizeOf(effects, estimator)));
      return value === null ? [] : [{ estimator, value }];
    }),
  };
}

function effectSizeOf({ estimates }: EffectsFile, estimator: string): number | null {
  return estimates.find((row) => row.estimator === estimator && row.estimand === "ate")?.effect_size ?? null;
}

/** Writes an experiment and its figure to the project; returns their paths. */
export async function writeSynthetic(
  file: SyntheticFile,
  { project, stamp }: Pick<Context, "project" | "stamp">,
): Promise<{ readonly path: string; readonly figure: string }> {
  const path = project.synthetic(file.experiment, stamp);
  const figure = project.plot(file.experiment, stamp);
  await project.writeJson(path, file);
  await project.write(figure, await renderSvg(syntheticFigure(file, "paper")));
  return { path, figure };
}
