import { inputError } from "../../domain/errors.js";
import { createDataset as create } from "../../rewriting/stage/create-dataset.js";
import { datasetsOf, decisive, describeDatasets } from "../../study/plan.js";
import { openCommandContext } from "../command-context.js";
import type { CreateDatasetFlags } from "../commands/create-dataset.js";
import { inRun } from "../in-run.js";
import { settingsOf } from "../settings.js";
import { confirmWith, printEstimates } from "../spending.js";
import { print, printJson } from "../terminal/print.js";

/** `rate create-dataset` */
export async function run(flags: CreateDatasetFlags): Promise<void> {
  const config = await settingsOf(flags);
  if (!config.rewrites)
    throw inputError(`${flags.config}: has no rewrites block, which says what to rewrite`);
  const commandContext = await openCommandContext(flags.projectDir);
  const datasets = await datasetsOf(config.rewrites);
  if (flags.dryRun) return printEstimates(datasets, config.smoke_test, commandContext, flags.json ?? false);
  const options = {
    confirm: confirmWith(flags.yes),
    command: "create-dataset",
    parts: [decisive(config.rewrites), await describeDatasets(datasets, commandContext.project.directory)],
    smokeTest: config.smoke_test,
    reuseFinished: false,
    config,
  };
  const files = await inRun(commandContext, options, async (context) => {
    const made: string[] = [];
    for (const dataset of datasets) made.push(await create(dataset, context));
    return { result: made, outputs: made };
  });
  if (flags.json) printJson({ rewrites: files });
  else print(files.join("\n"));
}
