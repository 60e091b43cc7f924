/** Figures, tables, tidy data and the report. */

import { VERSION } from "../domain/version.js";
import { inferenceOf } from "../estimation/stage/choices.js";
import { renderFor } from "../reporting/figures/rendering/index.js";
import type { ThemeName } from "../reporting/figures/specs/theme.js";
import { exportTable } from "../reporting/stage/export.js";
import { figureOf } from "../reporting/stage/plot.js";
import { writeHtml } from "../reporting/stage/report.js";
import { reportedOf } from "../reporting/stage/report-files.js";
import type { Workspace } from "../study/workspace.js";

export { renderPdf } from "../reporting/figures/rendering/pdf.js";
export { renderPng } from "../reporting/figures/rendering/png.js";
export { renderSvg } from "../reporting/figures/rendering/svg.js";
export { scoreDensityPlot } from "../reporting/figures/specs/densities.js";
export { studyForest } from "../reporting/figures/specs/forest.js";
export { effectHeatmap } from "../reporting/figures/specs/heatmap.js";
export { naiveVsRate } from "../reporting/figures/specs/naive-vs-rate.js";
export { rewriteBias } from "../reporting/figures/specs/rewrite-bias.js";
export type { ThemeName } from "../reporting/figures/specs/theme.js";
export { answer } from "../reporting/html/answers.js";
export { estimatesTable } from "../reporting/tables/estimates.js";
export { latexTable, latexText } from "../reporting/tables/latex.js";
export { markdownTable } from "../reporting/tables/markdown.js";
export type { TextTable } from "../reporting/tables/table.js";

/** What of the files is shown. */
export interface ShownResults {
  /** Default: all reward models in the files. */
  readonly rewardKeys?: readonly string[];
  /** The attribute of scored files, which do not say it themselves. */
  readonly concept?: string;
}

/**
 * Writes one HTML file that opens offline, of effects files, studies, scored files or project directories, as `rate report`.
 *
 * @example
 * const workspace = await openWorkspace({ directory: "my-study" });
 * await writeReport(["my-study"], "report.html", workspace, { title: "Spring" });
 */
export async function writeReport(
  files: readonly string[],
  output: string,
  { project, observer }: Workspace,
  options: ShownResults & { readonly title?: string; readonly examples?: number } = {},
): Promise<void> {
  const { rewardKeys = null, concept = null, title = "What the reward models reward", examples } = options;
  const reported = await reportedOf({ files, rewardKeys, concept, inference: inferenceOf({}) }, project);
  const work = { ...reported, title, command: "", ...(examples !== undefined && { examples }) };
  await writeHtml(work, output, {
    project,
    stamp: null,
    version: VERSION,
    say: (line) => observer.say(line),
  });
}

/**
 * Draws a figure of results, as `rate plot`: SVG, PNG, PDF or Vega-Lite JSON by the end of the output's name.
 *
 * @param kind - `forest`, `naive-vs-rate`, `rewrite-bias`, `heatmap`, `densities` or `synthetic`
 * @example
 * await writeFigure("forest", ["effects.json"], "forest.svg", await openWorkspace());
 */
export async function writeFigure(
  kind: string,
  files: readonly string[],
  output: string,
  { project, observer }: Workspace,
  options: Pick<ShownResults, "rewardKeys"> & { readonly theme?: ThemeName } = {},
): Promise<void> {
  const { rewardKeys = null, theme = "paper" } = options;
  const spec = await figureOf({ kind, files, theme, rewardKeys }, project, (line) => observer.say(line));
  await project.write(output, await renderFor(output, spec));
}

/**
 * Writes a tidy table, as `rate export`: a row for each example and reward model of scored files, or for each estimate of
 * effects files; CSV, Parquet or Arrow by the end of the output's name.
 *
 * @returns the number of rows
 * @example
 * await writeTable(["scored.jsonl"], "differences.parquet", await openWorkspace());
 */
export async function writeTable(
  files: readonly string[],
  output: string,
  { project }: Workspace,
  options: ShownResults & { readonly estimates?: boolean } = {},
): Promise<number> {
  const { rewardKeys = null, concept = null, estimates = false } = options;
  return exportTable({ files, output, estimates, rewardKeys, concept }, project);
}
