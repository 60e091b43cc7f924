import { join } from "node:path";
import type { ScoringConfig } from "../../domain/config/schema.js";
import { inputError } from "../../domain/errors.js";
import { parseShard } from "../../domain/shard.js";
import { list, nameFromFile } from "../../estimation/stage/choices.js";
import { hashFile } from "../../storage/project/files.js";
import { inRun } from "../../study/in-run.js";
import { modelsOf } from "../../study/models.js";
import { OpenModels, scoreWith } from "../../study/study.js";
import { type CommandContext, openCommandContext } from "../command-context.js";
import type { ScoreFlags } from "../commands/score.js";
import { scoreCheck } from "../score-check.js";
import { readConfig, scoredDatasetOf, withServing } from "../settings.js";
import { confirmWith } from "../spending.js";
import { print, printJson } from "../terminal/print.js";

/** What is scored, and with what. */
interface Task {
  readonly input: string;
  readonly dataset: string;
  readonly models: string[];
  readonly scoring: Partial<ScoringConfig>;
  readonly smokeTest: boolean;
}

/** `rate score` */
export async function run(flags: ScoreFlags): Promise<void> {
  const commandContext = await openCommandContext(flags.projectDir);
  if (flags.check)
    return scoreCheck(
      await modelNames(flags),
      flags.dataset,
      commandContext,
      flags.json ?? false,
      await scoringOf(flags),
    );
  const task = await taskOf(flags, commandContext);
  // Before the models, which may take minutes to fetch.
  const content = await hashFile(task.input);
  if (content === null) throw inputError(`${task.input}: there is no such file, or it cannot be read`);
  const jobs = await modelsOf(task.models, task.scoring);
  // Where a model runs decides nothing about its scores but the runtime, which is in its description.
  const { scoring: _, ...rest } = task;
  const shard = flags.shard === undefined ? undefined : parseShard(flags.shard);
  const options = {
    command: "score",
    confirm: confirmWith(flags.yes),
    parts: [rest, content, jobs.map(({ description }) => description)],
    smokeTest: task.smokeTest,
    config: { scoring: { model: task.models, input: task.input, dataset_name: task.dataset } },
    // A shard that a cluster starts again after its end has nothing left to do.
    reuseFinished: shard !== undefined && !flags.new,
    ...(shard && { shard }),
  };
  const files = await inRun(commandContext, options, async (context) => {
    context.say(`scores ${task.input}`);
    const models = new OpenModels(context);
    const made: string[] = [];
    try {
      for (const job of jobs) {
        made.push(
          await scoreWith(
            {
              dataset: task.dataset,
              input: made.at(-1) ?? task.input,
              job,
              models,
              shard,
              isCut: made.length > 0,
            },
            context,
          ),
        );
      }
    } finally {
      await models.dispose();
    }
    return { result: made, outputs: made };
  });
  if (flags.json) printJson({ scored: files });
  else print(files.join("\n"));
}

/** The models to check, with or without something to score. */
async function modelNames({ model, config: file }: ScoreFlags): Promise<string[]> {
  if (model) return model;
  if (file === undefined) throw inputError("nothing to check: give --model NAME, or --config FILE");
  const { scoring } = await readConfig(file);
  if (!scoring) throw inputError(`${file}: has no scoring block`);
  return list(scoring.model);
}

/** Where the models run, as flags and configuration say. */
async function scoringOf(flags: ScoreFlags): Promise<Partial<ScoringConfig>> {
  const { scoring = {} } = flags.config === undefined ? {} : await readConfig(flags.config);
  return withServing(scoring, flags);
}

async function taskOf(flags: ScoreFlags, { project }: CommandContext): Promise<Task> {
  if (flags.config === undefined) {
    if (flags.dataset === undefined)
      throw inputError("nothing to score: give --config FILE, or --dataset FILE (see --help)");
    if (!flags.model) throw inputError("--dataset needs --model NAME: the reward model to score with");
    const dataset = flags.name ?? nameFromFile(flags.dataset);
    const scoring = withServing({}, flags);
    return {
      input: flags.dataset,
      dataset,
      models: flags.model,
      scoring,
      smokeTest: flags.smokeTest ?? false,
    };
  }
  const config = await readConfig(flags.config);
  const { scoring, smoke_test } = config;
  if (!scoring) throw inputError(`${flags.config}: has no scoring block`);
  const smokeTest = flags.smokeTest ?? smoke_test;
  const dataset = flags.name ?? scoredDatasetOf(config, flags.config);
  const folder = project.path("data", scoring.dataset_folder);
  const fits = (name: string) =>
    name.includes("_smoke_test") === smokeTest &&
    (scoring.dataset_folder === "rewrites"
      ? name.startsWith(`${dataset}_dataset_`) && name.endsWith(".json")
      : name.startsWith(`${dataset}_`) && name.endsWith(".jsonl") && name.includes("_scored_"));
  const wanted = `${smokeTest ? "smoke test's " : ""}${scoring.dataset_folder} file of ${dataset}`;
  const input =
    flags.dataset ??
    (scoring.dataset_filename
      ? join(folder, scoring.dataset_filename)
      : await project.newest(folder, fits, wanted));
  const models = flags.model ?? list(scoring.model);
  return { input, dataset, models, scoring: withServing(scoring, flags), smokeTest };
}
