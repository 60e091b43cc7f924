import type { Config, RewritesConfig, ScoringConfig } from "../domain/config/schema.js";
import { inputError } from "../domain/errors.js";
import { inferenceOf } from "../estimation/stage/choices.js";
import type { Inference } from "../estimation/stage/effects.js";
import { commandLine } from "../reporting/stage/provenance.js";
import { writeReport } from "../reporting/stage/report.js";
import { makeDatasets } from "../rewriting/stage/create-dataset.js";
import type { DatasetJob } from "../rewriting/stage/dataset-job.js";
import type { Context } from "../storage/project/context.js";
import type { Manifest } from "../storage/project/manifest.js";
import { inRun } from "./in-run.js";
import { modelsOf } from "./models.js";
import { datasetsOf, decisive, decisiveScoring, describeDatasets } from "./plan.js";
import { changedInputs, differenceText, pinned } from "./repeat.js";
import { estimatesNote, type ModelJob, runStudy, type StudyResult } from "./study.js";
import type { Workspace } from "./workspace.js";

/** How a configuration is run, beside what it says itself. */
export interface RunChoices {
  /** Start again even if the same run has been finished. */
  readonly new?: boolean;
  /** Repeat the run of this manifest, on the same data and models. */
  readonly from?: Manifest;
  /** With `from`: run even if data or templates have changed since. */
  readonly allowChanges?: boolean;
  /** Asks whether to spend money; without it, the configuration's limits alone decide. */
  readonly confirm?: Context["confirm"];
}

/** What a configuration will do: every data set, rewritten and scored by every reward model. */
export interface RunPlan {
  readonly config: Config;
  readonly rewrites: RewritesConfig;
  readonly scoring: ScoringConfig;
  readonly datasets: readonly DatasetJob[];
  readonly models: readonly ModelJob[];
  readonly inference: Inference;
}

/** What a run has made. */
export interface RunResult {
  readonly results: readonly StudyResult[];
  /** Path of the HTML report. */
  readonly report: string;
  /** Path of the run's manifest. */
  readonly manifest: string;
}

/**
 * Works out what a configuration will do. Nothing is asked of a model yet.
 *
 * @param where - what error messages call the configuration, for example its file
 */
export async function planRun(
  { check: _, slurm: __, ...config }: Config,
  workspace: Workspace,
  { from, allowChanges = false }: RunChoices = {},
  where = "the configuration",
): Promise<RunPlan> {
  // Limits (check) and a cluster's resources (slurm) decide nothing in a run.
  const { rewrites, scoring } = config;
  if (!rewrites) throw inputError(`${where}: has no rewrites block, which says what to rewrite`);
  if (!scoring)
    throw inputError(`${where}: has no scoring block: name a reward model (scoring: model, or --model)`);
  const described = await datasetsOf(rewrites);
  const datasets = from ? pinned(described, from) : described;
  if (from) await requireSameInputs(datasets, from, allowChanges, workspace);
  const models = await modelsOf(scoring.model, scoring);
  return { config, rewrites, scoring, datasets, models, inference: inferenceOf(config.effects) };
}

/**
 * Does all stages of a configuration, as `rate run`: data sets, rewrites, rewrites of rewrites, scores, effects, report. A run
 * that was interrupted continues where it stopped when the same configuration is run again.
 *
 * @example
 * const workspace = await openWorkspace({ directory: "my-study" });
 * const config = parseConfiguration({
 *   rewrites: { dataset_name: "reviews_length" },
 *   scoring: { model: "embedded" },
 * });
 * const { results, report } = await runConfiguration(config, workspace);
 */
export async function runConfiguration(
  config: Config,
  workspace: Workspace,
  choices: RunChoices = {},
): Promise<RunResult> {
  return runPlan(await planRun(config, workspace, choices), workspace, choices);
}

/** Does what was planned. */
export async function runPlan(
  { config, rewrites, scoring, datasets, models, inference }: RunPlan,
  workspace: Workspace,
  { new: anew = false, from, confirm }: RunChoices = {},
): Promise<RunResult> {
  const options = {
    ...(confirm && { confirm }),
    maxCost: rewrites.max_cost,
    command: "run",
    parts: [
      { ...config, rewrites: decisive(rewrites), scoring: decisiveScoring(scoring) },
      await describeDatasets(datasets, workspace.project.directory),
      models.map(({ description }) => description),
    ],
    smokeTest: config.smoke_test,
    reuseFinished: !anew && !from,
    config,
    seeds: { inference: inference.seed },
  };
  return inRun(workspace, options, async (context) => {
    const results = await runStudy({ datasets, models, inference }, context);
    const title = results.length > 1 ? "What the reward models reward" : "What the reward model rewards";
    await context.note?.({ estimates: results.flatMap(({ effects }) => estimatesNote(effects)) });
    const work = { title, results, truth: null, command: commandLine(workspace.call) };
    const reported = await writeReport(work, context);
    const files = results.flatMap(({ rewrites, scored, path }) => [rewrites, scored, path]);
    return {
      result: { results, report: reported[0]!, manifest: context.project.run(context.stamp) },
      outputs: [...new Set([...files, ...reported])],
    };
  });
}

/**
 * Loads, classifies and rewrites the data sets of a configuration, and rewrites the rewrites, as `rate create-dataset`.
 *
 * @returns the paths of the rewrites files, one a data set
 * @example
 * const [file] = await createDatasets(config, workspace);
 */
export async function createDatasets(
  config: Config,
  workspace: Workspace,
  { confirm }: Pick<RunChoices, "confirm"> = {},
): Promise<string[]> {
  if (!config.rewrites)
    throw inputError("the configuration has no rewrites block, which says what to rewrite");
  const datasets = await datasetsOf(config.rewrites);
  const options = {
    ...(confirm && { confirm }),
    maxCost: config.rewrites.max_cost,
    command: "create-dataset",
    parts: [decisive(config.rewrites), await describeDatasets(datasets, workspace.project.directory)],
    smokeTest: config.smoke_test,
    reuseFinished: false,
    config,
  };
  return inRun(workspace, options, async (context) => {
    const made = await makeDatasets(datasets, context);
    return { result: made, outputs: made };
  });
}

/** Before anything is asked: data and templates are as they were, or the call allows that they are not. */
async function requireSameInputs(
  datasets: readonly DatasetJob[],
  manifest: Manifest,
  allowed: boolean,
  { project, environment, observer }: Workspace,
): Promise<void> {
  const say = (line: string) => observer.say(line);
  const found = await changedInputs(datasets, manifest, { project, environment, fetch, say });
  if (found.length === 0) return;
  const text = `not as in the run of ${manifest.timestamp}:\n${found.map(differenceText).join("\n")}`;
  if (!allowed) throw inputError(`${text}\nbring it back, or run with --allow-changes all the same`);
  say(text);
}
