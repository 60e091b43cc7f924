import { RateError } from "../../domain/errors.js";
import { scoreDensities } from "../../estimation/estimators/score-densities.js";
import { type StudyTable, summarizeStudy } from "../../estimation/estimators/study.js";
import type { EffectsFile, TruthCheck } from "../../estimation/files/effects-file.js";
import type { StudyInFile } from "../../estimation/files/study-file.js";
import { judgedTogether } from "../../estimation/files/study-rows.js";
import { scoredQueryOf } from "../../estimation/stage/scored-query.js";
import { keysIn, readScored, type ScoredTable } from "../../storage/examples/scored.js";
import type { Context } from "../../storage/project/context.js";
import type { Project, RunStamp } from "../../storage/project/project.js";
import { renderSvg } from "../figures/rendering/svg.js";
import { estimatesFigure, truthFigure } from "../html/figure.js";
import { histogramOf } from "../html/histogram.js";
import { reportHtml } from "../html/html.js";
import type { DatasetView, ReportView } from "../html/model.js";
import { originOf } from "./provenance.js";
import { chooseExamples } from "./report-examples.js";

/** Examples of a kind, unless the call says otherwise. */
const EXAMPLES_PER_KIND = 2;

/** A result and the scored file that it is from; null where that is not at hand. */
export interface ReportedResult {
  readonly effects: EffectsFile;
  readonly scored: string | null;
}

export interface ReportWork {
  readonly title: string;
  readonly results: readonly ReportedResult[];
  readonly truth: TruthCheck | null;
  /** What was judged together, where it is known; else it is judged here. */
  readonly study?: StudyInFile["study"] | null;
  readonly human?: StudyInFile["human"];
  readonly examples?: number;
  /** The call that makes the report again. */
  readonly command: string;
}

/** Writes the report of a run and its figures. Returns their paths, the report's first. */
export async function writeReport(work: ReportWork, context: Context): Promise<string[]> {
  const { project, stamp, version, say } = context;
  const specs = {
    estimates: estimatesFigure(work.results.map(({ effects }) => effects)),
    truth: work.truth && truthFigure(work.truth),
  };
  const made: string[] = [];
  for (const [name, spec] of Object.entries(specs)) {
    if (spec === null) continue;
    const path = project.plot(name, stamp);
    await project.write(path, await renderSvg(spec));
    made.push(path);
  }
  await writeHtml(work, project.report, { project, stamp, version, say });
  return [project.report, ...made];
}

/** Writes the report alone, of a run or (with a null stamp) of files. */
export async function writeHtml(
  work: ReportWork,
  path: string,
  {
    project,
    stamp,
    version,
    say,
  }: { project: Project; stamp: RunStamp | null; version: string; say: (line: string) => void },
): Promise<void> {
  const tables = await Promise.all(work.results.map((result) => tableOf(result, say)));
  const report: ReportView = {
    title: work.title,
    timestamp: stamp?.timestamp ?? null,
    version,
    command: work.command,
    results: work.results.map(({ effects }, index) => ({ effects, ...spreadOf(tables[index]!, effects) })),
    datasets: await datasetsOf(work.results, work.examples ?? EXAMPLES_PER_KIND),
    study: work.study ?? studyOf(work.results, tables),
    human: work.human ?? [],
    truth: work.truth,
  };
  await project.write(path, await reportHtml(report));
}

/** The rewards behind a result. A file that does not hold them leaves the report without its figures. */
async function tableOf(
  { effects, scored }: ReportedResult,
  say: (line: string) => void,
): Promise<ScoredTable | null> {
  if (scored === null) return null;
  try {
    return await readScored(scored, scoredQueryOf(effects));
  } catch (cause) {
    if (!(cause instanceof RateError)) throw cause;
    say(`${effects.reward_key}: the report shows no spread of its rewards (${cause.message})`);
    return null;
  }
}

function spreadOf(scored: ScoredTable | null, { reward_std: scale }: EffectsFile) {
  if (!scored || !scale) return { differences: null, densities: [] };
  const { treated, rewrite, rewriteOfRewrite } = scored.table;
  const differences = Float64Array.from(
    treated,
    (w, row) => ((2 * w - 1) * (rewriteOfRewrite[row]! - rewrite[row]!)) / scale,
  );
  return { differences: histogramOf(differences), densities: scoreDensities(scored.table) };
}

function studyOf(results: readonly ReportedResult[], tables: readonly (ScoredTable | null)[]) {
  if (results.length < 2 || tables.some((table) => table === null)) return null;
  const entries = results.map(({ effects }, index): StudyTable => {
    const dataset = effects.dataset_name ?? effects.dataset_filename;
    const { table, idOf } = tables[index]!;
    return { dataset, concept: effects.concept ?? dataset, rewardKey: effects.reward_key, table, idOf };
  });
  const { ci_method, ci_level } = results[0]!.effects;
  return judgedTogether(
    summarizeStudy(entries, { method: ci_method === "normal" ? "normal" : "t", level: ci_level }),
  );
}

/** Results by data set, each with examples from the file that holds most of its reward models. */
async function datasetsOf(results: readonly ReportedResult[], perKind: number): Promise<DatasetView[]> {
  const groups = new Map<string, ReportedResult[]>();
  for (const result of results) {
    const { dataset_name, dataset_filename, concept } = result.effects;
    const key = JSON.stringify([dataset_name ?? dataset_filename, concept]);
    groups.set(key, [...(groups.get(key) ?? []), result]);
  }
  const views: DatasetView[] = [];
  for (const group of groups.values()) {
    const { effects } = group[0]!;
    const scored = await richest(group);
    const chosen = scored
      ? await chooseExamples(
          scored,
          group.map((result) => result.effects),
          perKind,
        )
      : { counts: null, failures: [], examples: [] };
    views.push({
      name: effects.dataset_name ?? effects.dataset_filename,
      concept: effects.concept,
      filename: effects.dataset_filename,
      ...chosen,
      origin: scored ? await originOf(scored) : { rewriting: null, scoring: [], run: null },
    });
  }
  return views;
}

async function richest(group: readonly ReportedResult[]): Promise<string | null> {
  const files = [...new Set(group.map(({ scored }) => scored).filter((path) => path !== null))];
  let best: { path: string; count: number } | null = null;
  for (const path of files) {
    const keys = await keysIn(path, { ...scoredQueryOf(group[0]!.effects), rewardKey: null });
    const count = group.filter(({ effects }) => keys.has(effects.reward_key)).length;
    if (!best || count >= best.count) best = { path, count };
  }
  return best?.path ?? null;
}
