import type { TopLevelSpec } from "vega-lite";
import { inputError } from "../../domain/errors.js";
import { closest } from "../../domain/suggest.js";
import { scoreDensities } from "../../estimation/estimators/score-densities.js";
import type { EffectsFile } from "../../estimation/files/effects-file.js";
import { inferenceOf } from "../../estimation/stage/choices.js";
import { type FoundResult, findResults, type WantedKeys } from "../../estimation/stage/results.js";
import { scoredQueryOf } from "../../estimation/stage/scored-query.js";
import type { ColumnNames } from "../../storage/examples/layout.js";
import { readScored } from "../../storage/examples/scored.js";
import type { Project } from "../../storage/project/project.js";
import { scoreDensityPlot } from "../figures/specs/densities.js";
import { studyForest } from "../figures/specs/forest.js";
import { effectHeatmap } from "../figures/specs/heatmap.js";
import { naiveVsRate } from "../figures/specs/naive-vs-rate.js";
import { conceptNames, datasetOf, sizeOf } from "../figures/specs/results.js";
import { rewriteBias } from "../figures/specs/rewrite-bias.js";
import { SERIES, type ThemeName } from "../figures/specs/theme.js";
import { syntheticFigureOf } from "./synthetic-file.js";

/** A line for the person who waits. */
type Say = (line: string) => void;

/** Figures of results, by name. */
const RESULT_FIGURES = {
  forest: async (found, theme) =>
    studyForest(
      found.map(({ result }) => result),
      theme,
      (result) => found.find((entry) => entry.result === result)?.simultaneous ?? null,
    ),
  "naive-vs-rate": async (found, theme, say) => naiveVsRate(compared(found, "naive", say), theme),
  "rewrite-bias": async (found, theme, say) => rewriteBias(compared(found, "single_rewrite", say), theme),
  heatmap: async (found, theme) =>
    effectHeatmap(
      found.map(({ result }) => result),
      theme,
    ),
  densities: async (found, theme) => scoreDensityPlot(await densityPanels(found), theme),
} as const satisfies Record<
  string,
  (found: readonly FoundResult[], theme: ThemeName, say: Say) => Promise<TopLevelSpec>
>;

const FIGURE_KINDS = [...Object.keys(RESULT_FIGURES), "synthetic"];

export interface PlotWork {
  /** One of FIGURE_KINDS. */
  readonly kind: string;
  readonly files: readonly string[];
  readonly theme: ThemeName;
  readonly rewardKeys: WantedKeys;
  /** The columns of scores made elsewhere. */
  readonly columns?: ColumnNames | undefined;
}

/** The Vega-Lite specification of a figure. */
export async function figureOf(
  { kind, files, theme, rewardKeys, columns }: PlotWork,
  project: Project,
  say: Say,
): Promise<TopLevelSpec> {
  if (kind === "synthetic") {
    if (files.length !== 1)
      throw inputError(`synthetic: expected one file of rate synthetic, found ${files.length}`);
    return syntheticFigureOf(files[0]!, theme);
  }
  if (!Object.hasOwn(RESULT_FIGURES, kind)) {
    const near = closest(kind, FIGURE_KINDS);
    throw inputError(
      `there is no figure ${JSON.stringify(kind)}${near ? `; did you mean ${near}?` : ""} (known: ${FIGURE_KINDS.join(", ")})`,
    );
  }
  const found = await findResults(files, rewardKeys, project, inferenceOf({ columns }));
  if (
    !found.some(
      ({ result }) =>
        sizeOf(result, "rate", "ate") ?? sizeOf(result, "rate", "att") ?? sizeOf(result, "rate", "atu"),
    )
  )
    throw inputError(
      `${files.join(", ")}: no result has a usable effect size with an interval; rate effects says why`,
    );
  return RESULT_FIGURES[kind as keyof typeof RESULT_FIGURES](found, theme, say);
}

/** The results, and a word for those that lack what RATE is to be compared with. */
function compared(
  found: readonly FoundResult[],
  estimator: "naive" | "single_rewrite",
  say: Say,
): EffectsFile[] {
  const results = found.map(({ result }) => result);
  const without = results.filter((result) => !sizeOf(result, estimator, "ate"));
  if (without.length > 0)
    say(
      `${without.length} of ${results.length} results have no ${SERIES[estimator]} estimate to stand beside RATE's (their originals have no rewards, one arm is empty, or the data are unusable)`,
    );
  return results;
}

async function densityPanels(found: readonly FoundResult[]) {
  const concepts = conceptNames(found.map(({ result }) => result));
  const panels = [];
  for (const [index, { result, scored }] of found.entries()) {
    if (scored === null)
      throw inputError(
        `${result.dataset_filename}: the scored file of ${datasetOf(result)} is not to be found; give it in place of its effects, or --project-dir`,
      );
    const { table } = await readScored(scored, { ...scoredQueryOf(result), clusterBy: null });
    panels.push({
      concept: concepts[index]!,
      rewardKey: result.reward_key,
      densities: scoreDensities(table),
    });
  }
  return panels;
}
