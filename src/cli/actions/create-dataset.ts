import { inputError } from "../../domain/errors.js";
import { datasetsOf } from "../../study/plan.js";
import { createDatasets } from "../../study/run-configuration.js";
import { openCommandContext } from "../command-context.js";
import type { CreateDatasetFlags } from "../commands/create-dataset.js";
import { settingsOf } from "../settings.js";
import { confirmWith, printEstimates } from "../spending.js";
import { print, printJson } from "../terminal/print.js";

/** `rate create-dataset` */
export async function run(flags: CreateDatasetFlags): Promise<void> {
  const config = await settingsOf(flags);
  if (!config.rewrites)
    throw inputError(`${flags.config}: has no rewrites block, which says what to rewrite`);
  const commandContext = await openCommandContext(flags.projectDir);
  if (flags.dryRun) {
    const datasets = await datasetsOf(config.rewrites);
    return printEstimates(datasets, [], config.smoke_test, commandContext, flags.json ?? false);
  }
  const files = await createDatasets(config, commandContext, { confirm: confirmWith(flags.yes) });
  if (flags.json) printJson({ rewrites: files });
  else print(files.join("\n"));
}
