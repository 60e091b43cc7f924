import { createInterface } from "node:readline/promises";
import { dollars, Ledger } from "../domain/ledger.js";
import { VERSION } from "../domain/version.js";
import { estimateText, totalCost } from "../language-models/forecast.js";
import type { ScoringForecast } from "../rewriting/stage/cost-forecast.js";
import type { DatasetJob } from "../rewriting/stage/dataset-job.js";
import { estimateDataset } from "../rewriting/stage/estimate-dataset.js";
import type { Context } from "../storage/project/context.js";
import type { ModelJob } from "../study/study.js";
import { type CommandContext, stampNow } from "./command-context.js";
import { print, printJson } from "./terminal/print.js";

/** Asks on a terminal whether to spend; elsewhere, and with --yes, the call itself is the answer. */
export function confirmWith(yes: boolean | undefined): Context["confirm"] {
  return ({ cost }) =>
    isConfirmed(yes ?? false, `Go on${cost === null ? "" : ` and spend about ${dollars(cost)}`}?`);
}

/** Asks on a terminal; elsewhere, and with --yes, the call itself is the answer. */
export async function isConfirmed(yes: boolean, question: string): Promise<boolean> {
  if (yes || !process.stdin.isTTY || !process.stderr.isTTY) return true;
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await terminal.question(`${question} [y/N] `).finally(() => terminal.close());
  return /^y(?:es)?$/i.test(answer.trim());
}

/** What data sets, and the models that score them, would ask and cost; nothing is asked or written. */
export async function printEstimates(
  datasets: readonly DatasetJob[],
  models: readonly ModelJob[],
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
    ledger: new Ledger(),
    progress: () => ({ advance() {}, end() {} }),
    confirm: async () => false,
    say: () => undefined,
  };
  const estimates = [];
  const scorers: ScoringForecast[] = [];
  for (const model of models) if (model.forecast) scorers.push(await model.forecast(context));
  for (const job of datasets)
    for (const estimate of await estimateDataset(job, context, scorers))
      estimates.push({ dataset: job.template.name, ...estimate });
  if (json) return printJson(estimates);
  const total = totalCost(estimates);
  const lines = estimates.map((estimate) => estimateText(estimate.dataset, estimate));
  if (estimates.length > 1)
    lines.push(`in all: ${total === null ? "at prices that are not all known" : `about ${dollars(total)}`}`);
  print(lines.join("\n"));
}
