import { type ConfounderName, praise } from "../../datasets/templates/vowels-typos.js";
import { inputError } from "../../domain/errors.js";
import { closest } from "../../domain/suggest.js";
import { list } from "../../estimation/stage/choices.js";
import type { SyntheticFile } from "../../reporting/stage/synthetic-file.js";
import type { Context } from "../../storage/project/context.js";
import { hashFile } from "../../storage/project/files.js";
import {
  runExperiment,
  SWEEPS,
  type SweepData,
  type SweepName,
} from "../../study/experiments/experiments.js";
import { writeSynthetic } from "../../study/experiments/synthetic.js";
import { runVowels } from "../../study/experiments/vowels-typos.js";
import { inRun } from "../../study/in-run.js";
import { modelsOf } from "../../study/models.js";
import { datasetsOf, decisive, describeDatasets } from "../../study/plan.js";
import { effectsTasks } from "../../study/stages.js";
import { type CommandContext, openCommandContext } from "../command-context.js";
import type { SyntheticFlags } from "../commands/synthetic.js";
import { readConfig, settingsOf } from "../settings.js";
import { confirmWith, printEstimates } from "../spending.js";
import { printWorlds, writeTypos } from "../synthetic-tools.js";
import { print, printJson } from "../terminal/print.js";
import { syntheticText } from "../terminal/synthetic-tables.js";

/** What is run, and whatever decides its result. */
interface Planned {
  readonly parts: unknown;
  /** US dollars that it may cost. */
  readonly maxCost?: number | undefined;
  run(context: Context): Promise<SyntheticFile>;
}

/** What is planted in texts that start with a vowel, by the experiment's name. */
const VOWELS: Readonly<Record<string, ConfounderName>> = {
  "vowels-typos": "typos",
  "vowels-breaks": "breaks",
};
const OTHERS = [...Object.keys(VOWELS), "worlds", "typos"];

/** `rate synthetic EXPERIMENT` */
export async function run(flags: SyntheticFlags, [experiment]: readonly string[]): Promise<void> {
  if (experiment === "typos") return writeTypos(flags);
  if (experiment === "worlds") return printWorlds(flags);
  const commandContext = await openCommandContext(flags.projectDir);
  const vowels = Object.hasOwn(VOWELS, experiment!) ? VOWELS[experiment!] : undefined;
  if (vowels && flags.dryRun) {
    const { rewrites } = await settingsOf(flags);
    return printEstimates(await datasetsOf(rewrites!), [], false, commandContext, flags.json ?? false);
  }
  const planned = vowels
    ? await planVowels(vowels, flags, commandContext)
    : await planSweepRun(requireSweep(experiment!), flags, commandContext);
  const options = {
    command: `synthetic_${experiment}`,
    parts: [planned.parts, flags.seed ?? 0],
    smokeTest: false,
    reuseFinished: true,
    confirm: confirmWith(flags.yes),
    maxCost: planned.maxCost ?? flags.maxCost,
  };
  const { file, path, figure } = await inRun(commandContext, options, async (context) => {
    const file = await planned.run(context);
    const written = await writeSynthetic(file, context);
    return { result: { file, ...written }, outputs: [written.path, written.figure] };
  });
  if (flags.json) return printJson({ file: path, figure, ...file });
  print(`${syntheticText(file)}\nWritten to ${path}\nFigure: ${figure}`);
}

function requireSweep(name: string): SweepName {
  if (Object.hasOwn(SWEEPS, name)) return name as SweepName;
  const known = [...Object.keys(SWEEPS), ...OTHERS];
  const near = closest(name, known);
  throw inputError(
    `there is no experiment ${JSON.stringify(name)}${near ? `; did you mean ${near}?` : ""} (known: ${known.join(", ")})`,
  );
}

async function planSweepRun(
  name: SweepName,
  flags: SyntheticFlags,
  commandContext: CommandContext,
): Promise<Planned> {
  if (flags.data !== undefined)
    throw inputError(`${name} takes a scored or rewritten data set: --dataset FILE, in place of --data`);
  const data = await dataOf(flags, commandContext);
  if (data === null && (flags.confounder ?? flags.model))
    throw inputError("--confounder and --model need --dataset FILE: the embedded data has its own");
  const { model, ...facts } = data ?? { model: null };
  return {
    parts: [name, facts, model?.description ?? null, data && (await hashFile(data.file))],
    run: (context) => runExperiment(name, data, flags.seed ?? 0, context),
  };
}

/** The data set that the call or its configuration names; null for the embedded one. */
async function dataOf(flags: SyntheticFlags, { project }: CommandContext): Promise<SweepData | null> {
  const confounder = flags.confounder ?? null;
  const model = flags.model ? (await modelsOf(flags.model))[0]! : null;
  if (flags.dataset !== undefined)
    return { file: flags.dataset, rewardKey: flags.rewardKey ?? null, model, concept: null, confounder };
  if (flags.config === undefined) return null;
  const config = await readConfig(flags.config);
  if (!config.effects)
    throw inputError(
      `${flags.config}: has no effects block, which names the scored data set (or give --dataset)`,
    );
  const [task] = await effectsTasks(config, project, flags.config);
  const rewardKey = flags.rewardKey ?? task!.rewardKey;
  return { file: task!.scored, rewardKey, model, concept: task!.concept, confounder };
}

async function planVowels(
  confounder: ConfounderName,
  flags: SyntheticFlags,
  { project }: CommandContext,
): Promise<Planned> {
  const name = `vowels-${confounder}`;
  const { seed = 0 } = flags;
  if (flags.data === undefined && flags.config === undefined) {
    if (confounder === "breaks")
      throw inputError(
        "vowels-breaks needs texts of several sentences, and the embedded ones are single sentences: give --config FILE, or --data FILE",
      );
    const dataset = { template: praise, rewriter: "builtin" as const };
    const model = (await modelsOf(flags.model ?? "embedded"))[0]!;
    return {
      parts: [name, await describeDatasets([dataset], project.directory), model.description],
      run: (context) => runVowels({ dataset, confounder, model, seed }, context),
    };
  }
  const config = await settingsOf({ ...flags, attribute: flags.attribute ?? ["length"] });
  if (!config.rewrites)
    throw inputError(`${flags.config}: has no rewrites block, which says what to rewrite`);
  const models = list(flags.model ?? config.scoring?.model);
  if (models.length !== 1) throw inputError(`${name} needs one reward model: --model NAME`);
  const [dataset, ...others] = await datasetsOf(config.rewrites);
  if (!dataset || others.length > 0) throw inputError(`${name} needs one data set`);
  const model = (await modelsOf(models))[0]!;
  return {
    parts: [
      name,
      decisive(config.rewrites),
      await describeDatasets([dataset], project.directory),
      model.description,
    ],
    maxCost: flags.maxCost ?? config.rewrites.max_cost,
    run: (context) => runVowels({ dataset, confounder, model, seed }, context),
  };
}
