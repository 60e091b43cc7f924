import type { RewriteAnswer, TokenUsage } from "../../domain/rewriter.js";
import { Budget } from "../../language-models/budget.js";
import { type ModelPricing, NOBODY, pricingOf } from "../../language-models/pricing.js";
import type { Context } from "../../storage/project/context.js";
import { openForeign } from "../../storage/project/journal.js";
import { exists } from "../../storage/project/project.js";
import { type BatchEvent, readLedger, surplusOf } from "../batches/ledger.js";
import { isJudged, judgeSettingsOf, rewriterSettings } from "./asked-models.js";
import type { DatasetJob } from "./dataset-job.js";

/** Who is paid for a data set; null who is not asked. */
export interface PaidModels {
  readonly rewriter: ModelPricing | null;
  readonly judge: ModelPricing | null;
}

/** The accounts of a data set in the ledger of the command. */
export interface DatasetAccounts {
  readonly pricing: PaidModels;
  readonly rewriter: Budget;
  readonly judge: Budget;
}

/** Who is paid, and how much. Throws when there is a limit and a price is not known. */
export async function paidModelsOf(
  job: DatasetJob,
  context: Pick<Context, "environment" | "ledger">,
): Promise<PaidModels> {
  const { limit } = context.ledger;
  const inBatches = job.rewriter.endsWith("-batch");
  return {
    rewriter:
      job.rewriter === "builtin"
        ? null
        : await pricingOf(rewriterSettings(job, context), {
            ...{ limit, inBatches, prices: job.prices, where: "rewrites" },
          }),
    judge: isJudged(job)
      ? await pricingOf(judgeSettingsOf(job, context), {
          ...{ limit, inBatches: false, prices: job.judge ? job.judge.prices : job.prices },
          where: job.judge ? "rewrites: judge" : "rewrites",
        })
      : null,
  };
}

/**
 * Opens a data set's accounts, which are to be open before anything of the command is asked. What an earlier try of the
 * run has paid for a data set that it finished counts; that of others counts when their journals are read. Throws when
 * there is a limit and a price is not known.
 */
export async function openAccounts(job: DatasetJob, context: Context): Promise<DatasetAccounts> {
  const { project, stamp, ledger } = context;
  const { name } = job.template;
  const pricing = await paidModelsOf(job, context);
  const accounts = {
    pricing,
    rewriter: Budget.open(name, pricing.rewriter ?? NOBODY, ledger),
    judge: Budget.open(`${name}, judge`, pricing.judge ?? NOBODY, ledger),
  };
  if (await exists(project.rewrites(name, stamp))) {
    for await (const answer of entriesOf<RewriteAnswer>(project.rewriteJournal(name, stamp)))
      addAnswer(accounts.rewriter, answer);
    for await (const judgement of entriesOf<{ usage?: TokenUsage }>(project.judgeJournal(name, stamp)))
      accounts.judge.add(judgement);
    const { batches } = await readLedger(entriesOf<BatchEvent>(project.batchLedger(name, stamp)));
    for (const usage of surplusOf(batches)) accounts.rewriter.add({ usage });
  }
  return accounts;
}

/** The accounts of several data sets, in their order. */
export async function openAllAccounts(
  jobs: readonly DatasetJob[],
  context: Context,
): Promise<DatasetAccounts[]> {
  const accounts: DatasetAccounts[] = [];
  for (const job of jobs) accounts.push(await openAccounts(job, context));
  return accounts;
}

/** Counts an answer; one whose server does not say what it is billed is measured here. */
export function addAnswer(budget: Budget, answer: RewriteAnswer): void {
  budget.add(answer, () => (isBilled(answer) ? budget.measure(answer.request.prompt, textOf(answer)) : null));
}

/** Failures without an answer that anyone would be billed for. */
const UNBILLED: ReadonlySet<string> = new Set(["expired", "cancelled", "rejected", "failed"]);

function isBilled({ outcome }: RewriteAnswer): boolean {
  return outcome.status === "ok" || !UNBILLED.has(outcome.reason);
}

function textOf({ outcome, text }: RewriteAnswer): string {
  return outcome.status === "ok" ? outcome.text : (text ?? "");
}

async function* entriesOf<Entry>(path: string): AsyncIterable<Entry> {
  const journal = await openForeign<Entry>(path, () => true);
  for await (const [entry] of journal?.placed() ?? []) yield entry;
}
