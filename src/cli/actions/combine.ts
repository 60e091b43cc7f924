import { resolve } from "node:path";
import { inputError } from "../../domain/errors.js";
import { escapeControls } from "../../domain/escape-controls.js";
import { type Combined, combineFiles } from "../../scoring/stage/combine.js";
import { combineShards } from "../../scoring/stage/combine-shards.js";
import { modelsOf } from "../../study/models.js";
import { datasetsNamed } from "../../study/stages.js";
import { type CommandContext, openCommandContext } from "../command-context.js";
import type { CombineFlags } from "../commands/combine.js";
import { readConfig } from "../settings.js";
import { print, printJson } from "../terminal/print.js";

/** `rate combine A B … --output FILE` and `rate combine --config FILE --shards N` */
export async function run(flags: CombineFlags, files: readonly string[]): Promise<void> {
  const commandContext = await openCommandContext(flags.projectDir);
  const made =
    flags.config === undefined
      ? [await named(flags, files, commandContext)]
      : await configured(flags, files, commandContext);
  if (flags.json) return printJson({ combined: made });
  print(made.map(({ file }) => file).join("\n"));
}

async function named(
  { output, shards, columns }: CombineFlags,
  files: readonly string[],
  { project }: CommandContext,
) {
  if (shards !== undefined)
    throw inputError("--shards goes with --config FILE; named files are joined as they are");
  if (files.length === 0) throw inputError("nothing to combine: name the scored files (see --help)");
  if (output === undefined) throw inputError("--output FILE is missing: where the joined file goes");
  const file = resolve(output);
  return told({ file, ...(await combineFiles(files, file, project, columns)) });
}

async function configured(flags: CombineFlags, files: readonly string[], { project }: CommandContext) {
  const { config: path, shards: count } = flags;
  if (files.length > 0 || flags.output !== undefined) {
    throw inputError("--config names the shards and their output itself; leave the files and --output out");
  }
  if (count === undefined) throw inputError("--config needs --shards N: how many shards there are");
  const config = await readConfig(path!);
  const smokeTest = flags.smokeTest ?? config.smoke_test;
  const { scoring } = config;
  if (!scoring) throw inputError(`${path}: has no scoring block`);
  const datasets = await datasetsNamed(config, scoring.dataset_name);
  if (datasets.length === 0) throw inputError(`${path}: scoring: name the data set (dataset_name)`);
  const models = await modelsOf(scoring.model, scoring);
  const made = [];
  for (const { name: dataset } of datasets)
    for (const { name: model } of models)
      made.push(told(await combineShards({ dataset, model, smokeTest, count }, project)));
  return made;
}

/** Says how many were joined, and what was replaced: that is easily not what was meant. */
function told(combined: Combined & { file: string }) {
  const alone = Object.entries(combined.alone).filter(([, count]) => count > 0);
  const where = alone.map(([path, count]) => `${count} only in ${path}`).join(", ");
  process.stderr.write(
    `${escapeControls(`${combined.examples} examples, ${combined.joined} of them joined${where && ` (${where})`}`)}\n`,
  );
  for (const [key, count] of Object.entries(combined.replaced)) {
    process.stderr.write(
      `${key}: the rewards of ${count} examples stood in several files; the later ones were kept\n`,
    );
  }
  return combined;
}
