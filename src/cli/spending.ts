import { createInterface } from "node:readline/promises";
import { VERSION } from "../domain/version.js";
import { estimateText } from "../language-models/budget.js";
import { dollars } from "../language-models/prices.js";
import { estimateDataset } from "../rewriting/stage/create-dataset.js";
import type { DatasetJob } from "../rewriting/stage/dataset-job.js";
import type { Context } from "../storage/project/context.js";
import { type CommandContext, stampNow } from "./command-context.js";
import { print, printJson } from "./terminal/print.js";

/** Asks on a terminal whether to spend; elsewhere, and with --yes, the call itself is the answer. */
export function confirmWith(yes: boolean | undefined): Context["confirm"] {
  return async ({ cost }) => {
    if (yes || !process.stdin.isTTY || !process.stderr.isTTY) return true;
    const terminal = createInterface({ input: process.stdin, output: process.stderr });
    const question = `Go on${cost === null ? "" : ` and spend about ${dollars(cost)}`}? [y/N] `;
    const answer = await terminal.question(question).finally(() => terminal.close());
    return /^y(?:es)?$/i.test(answer.trim());
  };
}

/** What data sets would ask and cost; nothing is asked or written. */
export async function printEstimates(
  datasets: readonly DatasetJob[],
  smokeTest: boolean,
  { project, environment }: CommandContext,
  json: boolean,
): Promise<void> {
  const context: Context = {
    project,
    environment,
    fetch,
    stamp: { timestamp: stampNow(), smokeTest },
    version: VERSION,
    signal: new AbortController().signal,
    progress: () => ({ advance() {}, end() {} }),
    confirm: async () => false,
    say: () => undefined,
  };
  const estimates = [];
  for (const job of datasets)
    for (const estimate of await estimateDataset(job, context))
      estimates.push({ dataset: job.template.name, ...estimate });
  if (json) printJson(estimates);
  else print(estimates.map((estimate) => estimateText(estimate.dataset, estimate)).join("\n"));
}
