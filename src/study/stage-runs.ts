import type { Config, ScoringConfig } from "../domain/config/schema.js";
import { inputError } from "../domain/errors.js";
import type { Shard } from "../domain/shard.js";
import type { EffectsFile } from "../estimation/files/effects-file.js";
import { inferenceOf, list } from "../estimation/stage/choices.js";
import { type EstimateWork, estimateFile } from "../estimation/stage/effects.js";
import type { Context } from "../storage/project/context.js";
import { hashFile } from "../storage/project/files.js";
import { inRun } from "./in-run.js";
import { labelsByName, labelsOf } from "./labels.js";
import { modelsOf } from "./models.js";
import { datasetsOf } from "./plan.js";
import { effectsTasks, mismatches, type ScoringTask, scoringTasks } from "./stages.js";
import { estimatesNote, OpenModels, type StudyResult, scoreWith } from "./study.js";
import type { Workspace } from "./workspace.js";

/** What is scored, and with what. */
export interface ScoreTask {
  readonly inputs: readonly ScoringTask[];
  readonly models: string[];
  readonly scoring: Partial<ScoringConfig>;
  readonly smokeTest: boolean;
}

/** How it is scored, beside what the task says. */
export interface ScoreChoices {
  readonly confirm?: Context["confirm"];
  /** US dollars that the whole call may spend. */
  readonly maxCost?: number | undefined;
  /** The part of the examples that is scored here. */
  readonly shard?: Shard | undefined;
  /** Where the task is from: what of it does not fit the files is said. */
  readonly config?: Config | undefined;
  /** Score a shard again even if it has been finished. */
  readonly new?: boolean | undefined;
}

/** Adds the rewards of all models of a task to its files; returns the scored files' paths. */
export async function scoreTask(
  task: ScoreTask,
  workspace: Workspace,
  { confirm, maxCost, shard, config, new: anew = false }: ScoreChoices = {},
): Promise<string[]> {
  // Before the models, which may take minutes to fetch.
  const contents = await Promise.all(task.inputs.map(({ input }) => contentOf(input)));
  const jobs = await modelsOf(task.models, task.scoring);
  // Where a model runs decides nothing about its scores but the runtime, which is in its description.
  const { scoring: _, ...rest } = task;
  const options = {
    command: "score",
    ...(confirm && { confirm }),
    maxCost,
    parts: [rest, contents, jobs.map(({ description }) => description)],
    smokeTest: task.smokeTest,
    config: { scoring: { model: task.models, inputs: task.inputs } },
    // A shard that a cluster starts again after its end has nothing left to do.
    reuseFinished: shard !== undefined && !anew,
    ...(shard && { shard }),
  };
  return inRun(workspace, options, async (context) => {
    for (const text of config ? await mismatches(config, "scoring") : []) context.say(`warning: ${text}`);
    const models = new OpenModels(context);
    const made: string[] = [];
    try {
      await models.openPaid(jobs);
      for (const { dataset, input } of task.inputs) {
        context.say(`scores ${input}`);
        let last: string | null = null;
        for (const job of jobs) {
          const isCut: boolean = last !== null;
          last = await scoreWith({ dataset, input: last ?? input, job, models, shard, isCut }, context);
          made.push(last);
        }
      }
    } finally {
      await models.dispose();
    }
    return { result: made, outputs: made };
  });
}

/**
 * Scores the newest rewrites of a configuration's data sets with its reward models, as `rate score`.
 *
 * @returns the paths of the scored files; the last of a data set holds the rewards of all models
 * @example
 * const files = await scoreDatasets(config, workspace);
 */
export async function scoreDatasets(
  config: Config,
  workspace: Workspace,
  choices: ScoreChoices = {},
): Promise<string[]> {
  const { scoring, smoke_test: smokeTest } = config;
  const inputs = await scoringTasks(config, workspace.project, "the configuration");
  return scoreTask({ inputs, models: list(scoring?.model), scoring: scoring ?? {}, smokeTest }, workspace, {
    config,
    ...choices,
  });
}

async function contentOf(input: string): Promise<string> {
  const content = await hashFile(input);
  if (content === null) throw inputError(`${input}: there is no such file, or it cannot be read`);
  return content;
}

/** A scored file and its effects file. */
export type Estimated = Pick<StudyResult, "effects" | "path" | "scored">;

/** Estimates several works, each into its effects file, as one run. */
export async function estimateWorks(
  works: readonly (EstimateWork & { readonly dataset: string })[],
  config: Config,
  workspace: Workspace,
): Promise<Estimated[]> {
  const contents = await Promise.all(works.map(({ scored }) => contentOf(scored)));
  const options = {
    command: "effects",
    parts: [works, contents],
    smokeTest: config.smoke_test,
    config,
    seeds: { inference: works[0]!.inference.seed },
    reuseFinished: false,
  };
  return inRun(workspace, options, async (context) => {
    const made: Estimated[] = [];
    for (const text of await mismatches(config, "effects")) context.say(`warning: ${text}`);
    for (const work of works) {
      const { effects, path } = await estimateFile(work, context);
      made.push({ effects, path, scored: work.scored });
    }
    await context.note?.({ estimates: made.flatMap(({ effects }) => estimatesNote(effects)) });
    return { result: made, outputs: made.map(({ path }) => path) };
  });
}

/**
 * Estimates the newest scored files of a configuration's data sets under each of its reward models, as `rate effects`.
 *
 * @example
 * for (const { effects, path } of await estimateDatasets(config, workspace)) console.log(path, effects.warnings);
 */
export async function estimateDatasets(config: Config, workspace: Workspace): Promise<Estimated[]> {
  const tasks = await effectsTasks(config, workspace.project, "the configuration");
  const folder = config.effects?.dataset_folder ?? null;
  const works = await Promise.all(
    tasks.map(async (task) => ({
      ...task,
      labels: await labelsFor(task, config),
      folder,
      inference: inferenceOf(config.effects),
    })),
  );
  return estimateWorks(works, config, workspace);
}

/** What the values of a work's attribute are called: as its data set in the configuration says, else by its names. */
export async function labelsFor(
  work: Pick<EstimateWork, "dataset" | "concept">,
  { rewrites }: Pick<Config, "rewrites">,
): Promise<EffectsFile["labels"]> {
  if (rewrites) {
    // A template that is gone by now is no reason to go without estimates.
    const jobs = await datasetsOf(rewrites).catch(() => []);
    const own =
      jobs.find(({ template }) => template.name === work.dataset) ?? (jobs.length === 1 ? jobs[0] : null);
    if (own) return labelsOf(own.template);
  }
  return labelsByName(work);
}
