import type { Config, ScoringConfig } from "../../domain/config/schema.js";
import { inputError } from "../../domain/errors.js";
import type { RuntimeName } from "../../domain/serving.js";
import { parseShard } from "../../domain/shard.js";
import { list, nameFromFile } from "../../estimation/stage/choices.js";
import { datasetInName } from "../../storage/project/newest.js";
import type { Project } from "../../storage/project/project.js";
import { type ScoreTask, scoreTask } from "../../study/stage-runs.js";
import { datasetsNamed, type ScoringTask, scoringTasks } from "../../study/stages.js";
import { type CommandContext, openCommandContext } from "../command-context.js";
import type { ScoreFlags } from "../commands/score.js";
import { type Against, scoreCheck } from "../score-check.js";
import { readConfig, withServing } from "../settings.js";
import { confirmWith } from "../spending.js";
import { print, printJson } from "../terminal/print.js";

/** The runtime that a check compares with. */
function againstOf({ against, againstEndpoint: endpoints }: ScoreFlags): Against | undefined {
  if (against === undefined) {
    if (endpoints) throw inputError("--against-endpoint needs --against RUNTIME: which server it is");
    return undefined;
  }
  return { runtime: against as RuntimeName, endpoints };
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
      againstOf(flags),
    );
  if (flags.against !== undefined || flags.againstEndpoint)
    throw inputError("--against goes with --check: it compares a dozen texts and scores no data");
  const task = await taskOf(flags, commandContext);
  const files = await scoreTask(task, commandContext, {
    confirm: confirmWith(flags.yes),
    maxCost: flags.maxCost,
    config: flags.config === undefined ? undefined : await readConfig(flags.config),
    shard: flags.shard === undefined ? undefined : parseShard(flags.shard),
    new: flags.new,
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

async function taskOf(flags: ScoreFlags, { project }: CommandContext): Promise<ScoreTask> {
  if (flags.config === undefined) {
    if (flags.dataset === undefined)
      throw inputError("nothing to score: give --config FILE, or --dataset FILE (see --help)");
    if (!flags.model) throw inputError("--dataset needs --model NAME: the reward model to score with");
    const dataset = flags.name ?? nameFromFile(flags.dataset);
    const scoring = withServing({}, flags);
    const inputs = [{ input: flags.dataset, dataset }];
    return { inputs, models: flags.model, scoring, smokeTest: flags.smokeTest ?? false };
  }
  const read = await readConfig(flags.config);
  if (!read.scoring) throw inputError(`${flags.config}: has no scoring block`);
  const models = flags.model ?? list(read.scoring.model);
  const smokeTest = flags.smokeTest ?? read.smoke_test;
  const config = { ...read, smoke_test: smokeTest, scoring: { ...read.scoring, model: models } };
  const inputs = await inputsOf(flags, config, project);
  return { inputs, models, scoring: withServing(read.scoring, flags), smokeTest };
}

/** What a configuration has to be scored; the call may name a file in place of it, or the data set in file names. */
async function inputsOf(
  flags: ScoreFlags,
  config: Config,
  project: Project,
): Promise<readonly ScoringTask[]> {
  const { dataset: input, name } = flags;
  if (input === undefined) {
    const tasks = await scoringTasks(config, project, flags.config!);
    if (name === undefined) return tasks;
    if (tasks.length === 1) return [{ ...tasks[0]!, dataset: name }];
    throw inputError(
      `--name: the configuration has ${tasks.length} data sets (${tasks.map(({ dataset }) => dataset).join(", ")}), which cannot all be called ${name}`,
    );
  }
  const datasets = await datasetsNamed(config, config.scoring?.dataset_name);
  const dataset = name ?? (datasets.length === 1 ? datasets[0]!.name : datasetInName(input, []));
  return [{ input, dataset }];
}
