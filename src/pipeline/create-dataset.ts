import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import { watchFile } from "../artifacts/files.js";
import { Journal } from "../artifacts/journal.js";
import { exists } from "../artifacts/project.js";
import { Spool } from "../artifacts/spool.js";
import { isLocal, openChat } from "../chat/client.js";
import { locate } from "../datasets/source.js";
import type { Attribute } from "../domain/attribute.js";
import { inputError } from "../domain/errors.js";
import { PLACEBO_KEY, TEXT_KEYS } from "../domain/example.js";
import type { RewriteAnswer, RewriteOutcome, RewriteRequest, Rewriter } from "../domain/rewriter.js";
import type { DatasetTemplate } from "../domain/template.js";
import { costOf, PRICES_OF, type Price, priceOf } from "../pricing/prices.js";
import type { BatchEvent, BatchStore } from "../rewriters/batches/ledger.js";
import { type ChatChoice, openAiSettings, openRewriter, type RewriterName } from "../rewriters/index.js";
import { promptFor } from "../rewriters/prompts.js";
import { openRewardModel } from "../scorers/index.js";
import { templateText } from "../templates/describe.js";
import { Answers } from "./answers.js";
import { Budget, type Estimate, estimateText, openCounter, type TokenCounter, usageText } from "./budget.js";
import type { Context } from "./context.js";
import { type LoadedExamples, loadExamples } from "./examples.js";
import { datasetFacts, sourceFacts } from "./facts.js";
import { byJudge, byModel, type Labeller } from "./label.js";
import { type EarlierAnswers, earlierAnswers, NO_EARLIER, purposeOf } from "./reuse.js";
import {
  type Asked,
  type Examples,
  openRequests,
  type RewrittenExample,
  rewriteExamples,
  rewrittenExamples,
} from "./rewrite.js";

/** One data set to be made. */
export interface DatasetJob {
  readonly template: DatasetTemplate;
  readonly rewriter: RewriterName;
  /** How a language model is asked; what is absent comes from the template, then from the defaults. */
  readonly chat?: ChatChoice;
  /** The model that judges whether texts have the attribute, where a template or the configuration asks for one. */
  readonly judge?: ChatChoice;
  readonly placebo?: boolean;
  readonly batch?: {
    readonly maxRequests?: number;
    readonly maxQueuedTokens?: number;
    readonly pollSeconds?: number;
    readonly searchSeconds?: number;
  };
  /** Dollars for a million tokens, instead of the table's. */
  readonly prices?: Price;
  /** What rewriting the data set may cost, in dollars. */
  readonly maxCost?: number;
  /** Whether answers of earlier runs are used. */
  readonly reuse?: boolean;
}

/**
 * Loads and classifies the examples of a template, rewrites them and rewrites the rewrites, and writes the rewrites file beside the
 * template that made it. Returns the path of the rewrites file; a file that an earlier try has finished is left as it is.
 */
export async function createDataset(job: DatasetJob, context: Context): Promise<string> {
  const { template } = job;
  const { project, stamp } = context;
  const output = project.rewrites(template.name, stamp);
  const path = project.rewriteJournal(template.name, stamp);
  if (await exists(output)) {
    await project.seal(path);
    return output;
  }

  const started = performance.now();
  const sourceIsTheSame =
    template.source.kind === "file"
      ? await watchFile(await locate(template.source.path, project.directory))
      : async () => undefined;
  const source = await sourceFacts(template.source, context);
  const { price, count, exact } = await moneyOf(job, context);
  const budget = new Budget(price, count, job.maxCost ?? null);
  const loaded = await loadExamples(template, context, (attribute) =>
    openLabeller(job, attribute, budget, context),
  );
  await sourceIsTheSame();
  const asked = rewriterOf(job, loaded, context);
  const earlier = job.reuse === false ? NO_EARLIER : await earlierAnswers(asked, project, path);
  if (earlier.count > 0)
    context.say(
      `${template.name}: ${earlier.count} answers of earlier runs are at hand and are not asked for again`,
    );
  const journal = await Journal.open<RewriteAnswer>(path, purposeOf(template.name, asked));
  try {
    const answers = await Answers.open(journal, (answer) => budget.add(answer));
    const work = {
      examples: loaded.examples,
      count: loaded.examples.count,
      rewriter: budget.guard(asked),
      earlier,
      answers,
      promptOf: promptsOf(loaded.attribute),
      placebo: job.placebo ?? false,
      signal: context.signal,
      progress: (total: number, done: number) => context.progress(`rewrite ${template.name}`, total, done),
      onAnswer: (answer: RewriteAnswer) => {
        budget.add(answer);
        return budget.note;
      },
    };
    if (asked.paid) {
      const estimate = await estimateOf(work, count, exact, price);
      context.say(estimateText(template.name, estimate, modelOf(asked)));
      if (estimate.requests > 0 && estimate.cost !== 0 && !(await context.confirm(estimate)))
        throw inputError("not confirmed: nothing was asked");
    }
    await rewriteExamples(work);
    const rewritten = () => rewrittenExamples(loaded.examples, answers);
    const labels = await labelsOf(rewritten(), loaded.labeller);
    if (asked.paid) context.say(usageText(template.name, budget.usage));
    await project.write(
      project.rewritesTemplate(template.name, stamp),
      describe(job, loaded, asked.facts, budget, context),
    );
    await context.note?.({
      dataset: template.name,
      facts: {
        source,
        ...(await datasetFacts(job, loaded, asked.facts, rewritten())),
        usage: { ...budget.usage },
        seconds: (performance.now() - started) / 1000,
      },
    });
    await project.write(output, rewritesJson(rewritten(), labels));
  } finally {
    await journal.close();
    await loaded.labeller?.close();
    await loaded.examples.close();
  }
  await project.seal(journal.path);
  return output;
}

/** What making a data set would ask and cost; asks and writes nothing. Where a judge labels, the labels are taken as 0. */
export async function estimateDataset(
  job: DatasetJob,
  context: Context,
): Promise<Estimate & { model: string }> {
  const { price, count, exact } = await moneyOf(job, context);
  const assumed: Labeller = {
    facts: {},
    batch: 1,
    label: async (texts) => texts.map(() => false),
    close: async () => undefined,
  };
  const loaded = await loadExamples(job.template, context, async () => (isJudged(job) ? assumed : null));
  try {
    const asked = rewriterOf(job, loaded, context);
    const earlier = job.reuse === false ? NO_EARLIER : await earlierAnswers(asked, context.project, null);
    const work = {
      examples: loaded.examples,
      promptOf: promptsOf(loaded.attribute),
      placebo: job.placebo ?? false,
      answers: Answers.none(),
      earlier,
    };
    return { ...(await estimateOf(work, count, exact, price)), model: modelOf(asked) };
  } finally {
    await loaded.examples.close();
  }
}

/** Counts what is still to be asked. A second rewrite is counted as long as the first one's prompt, since its text is not there yet. */
async function estimateOf(
  work: Asked & { readonly examples: Examples; readonly earlier: EarlierAnswers },
  count: TokenCounter,
  exact: boolean,
  price: Price | null,
): Promise<Estimate> {
  const overhead = count(work.promptOf("rewrite", "", true));
  const total = { requests: 0, promptTokens: 0, completionTokens: 0 };
  for await (const example of work.examples) {
    for (const request of await openRequests(example, work)) {
      const tokens = count(request.prompt);
      const paid = (request.step === "rewrite" ? 2 : 1) - (work.earlier.has(request) ? 1 : 0);
      total.requests += paid;
      total.promptTokens += paid * tokens;
      total.completionTokens += paid * Math.max(1, tokens - overhead);
    }
  }
  return { ...total, exact, cost: price && costOf(total, price) };
}

function promptsOf(attribute: Attribute) {
  return (step: Parameters<typeof promptFor>[1], text: string, target: boolean) =>
    promptFor(attribute, step, text, target);
}

function modelOf({ facts, name }: Rewriter): string {
  return typeof facts.model === "string" ? facts.model : name;
}

/** What tokens cost and how they are counted; a rewriter that asks no one costs nothing. */
async function moneyOf(job: DatasetJob, context: Context) {
  if (job.rewriter === "builtin" && !isJudged(job)) return { price: null, count: () => 0, exact: true };
  const settings = openAiSettings({
    chat: { ...templateChat(job), ...job.chat },
    environment: context.environment,
  });
  const price =
    isLocal(settings.baseUrl) && !job.prices
      ? { prompt: 0, completion: 0 }
      : priceOf(settings.model, job.prices, job.rewriter.endsWith("-batch"));
  if (job.maxCost !== undefined && !price)
    throw inputError(
      `--max-cost: the price of ${settings.model} is not known (table of ${PRICES_OF}); give it in the configuration (rewrites: prices: {prompt: …, completion: …})`,
    );
  return { price, ...(await openCounter(settings.model)) };
}

function templateChat({ template }: DatasetJob): ChatChoice {
  return { model: template.model, temperature: template.temperature };
}

function rewriterOf(job: DatasetJob, loaded: LoadedExamples, context: Context): Rewriter {
  return openRewriter(job.rewriter, {
    ...loaded,
    chat: { ...templateChat(job), ...job.chat },
    environment: context.environment,
    store: batchStore(job.template.name, context),
    batch: { ...job.batch, say: context.say },
  });
}

/** The folder of a run's batches: their ledger, and every line sent and received. */
function batchStore(dataset: string, { project, stamp }: Context): BatchStore {
  const folder = project.batches(dataset, stamp);
  return {
    ledger: () => Journal.open<BatchEvent>(`${folder}/ledger.jsonl`, `batches of ${dataset}`),
    save: async (name, lines) => {
      await project.write(`${folder}/${name}`, lines);
      return `${folder}/${name}`;
    },
    scratch: () => Spool.open<RewriteRequest>(),
    lines: (path) => createInterface({ input: createReadStream(path) }),
  };
}

function isJudged({ template, judge }: DatasetJob): boolean {
  return judge !== undefined || (typeof template.treated === "object" && template.treated.by === "judge");
}

/** The judge or classifier that a template or the configuration names. */
async function openLabeller(
  job: DatasetJob,
  attribute: Attribute,
  budget: Budget,
  context: Context,
): Promise<Labeller | null> {
  const { treated } = job.template;
  if (typeof treated === "object" && treated.by === "model")
    return byModel(await openRewardModel(treated.model, context), treated.above);
  if (!isJudged(job)) return null;
  const { environment, project, stamp } = context;
  const given = job.judge ?? { ...templateChat(job), ...job.chat };
  const settings = {
    ...openAiSettings({ chat: given, environment }),
    temperature: given.temperature ?? 0,
  };
  const path = project.judgeJournal(job.template.name, stamp);
  const { concurrency } = settings;
  return byJudge(
    attribute,
    openChat(settings),
    { concurrency, path, budget, reuse: job.reuse ?? true },
    context,
  );
}

/** W of both rewrites of each example in turn, null where it cannot be told; null altogether where no one can be asked. */
async function labelsOf(rewritten: AsyncIterable<RewrittenExample>, labeller: Labeller | null) {
  if (!labeller) return null;
  const labels: (boolean | null)[] = [];
  let waiting: { place: number; prompt: string; response: string }[] = [];
  const label = async () => {
    const found = await labeller.label(waiting);
    for (const [index, { place }] of waiting.entries()) labels[place] = found[index] ?? null;
    waiting = [];
  };
  for await (const { example, rewrite, rewriteOfRewrite } of rewritten) {
    for (const outcome of [rewrite, rewriteOfRewrite]) {
      const response = textOf(outcome);
      if (response !== null) waiting.push({ place: labels.length, prompt: example.prompt, response });
      labels.push(null);
    }
    if (waiting.length >= labeller.batch) await label();
  }
  await label();
  return labels;
}

/** The rewrites file: one object keyed by example id. */
async function* rewritesJson(
  rewritten: AsyncIterable<RewrittenExample>,
  labels: readonly (boolean | null)[] | null,
): AsyncIterable<string> {
  let index = 0;
  for await (const { example, rewrite, rewriteOfRewrite, placebo } of rewritten) {
    const first = textOf(rewrite);
    const second = textOf(rewriteOfRewrite);
    const record = {
      ...example.fields,
      w_original: example.treated,
      reward_question: example.prompt,
      completions: {
        [TEXT_KEYS.original]: example.response,
        ...(first !== null && { [TEXT_KEYS.rewrite]: first }),
        ...(second !== null && { [TEXT_KEYS.rewriteOfRewrite]: second }),
        ...(placebo?.status === "ok" && { [PLACEBO_KEY]: placebo.text }),
        ...(placebo?.status === "failed" &&
          placebo.reason === "unchanged" && { [PLACEBO_KEY]: example.response }),
      },
      ...(labels && { w_rewrite: labels[2 * index], w_rewritten_rewrite: labels[2 * index + 1] }),
      ...failureOf(rewrite, rewriteOfRewrite),
    };
    yield `${index === 0 ? "{" : ","}\n${JSON.stringify(example.id)}: ${JSON.stringify(record)}`;
    index += 1;
  }
  yield "\n}\n";
}

function textOf(outcome: RewriteOutcome | null): string | null {
  return outcome?.status === "ok" ? outcome.text : null;
}

function failureOf(rewrite: RewriteOutcome, rewriteOfRewrite: RewriteOutcome | null) {
  for (const [step, outcome] of Object.entries({ rewrite, [TEXT_KEYS.rewriteOfRewrite]: rewriteOfRewrite })) {
    if (outcome?.status === "failed") {
      return { rewrite_failure: { step, reason: outcome.reason, detail: outcome.detail } };
    }
  }
  return {};
}

/** The template file: everything that made the rewrites, in words and code that a person can read. */
function describe(
  job: DatasetJob,
  loaded: LoadedExamples,
  rewriterFacts: Readonly<Record<string, unknown>>,
  budget: Budget,
  context: Context,
): string {
  const facts = {
    rate_version: context.version,
    timestamp: context.stamp.timestamp,
    smoke_test: context.stamp.smokeTest,
    rewriter: job.rewriter,
    rewriter_facts: rewriterFacts,
    labels: loaded.labeller?.facts ?? null,
    placebo: job.placebo ?? false,
    usage: budget.usage,
    examples: loaded.examples.count,
    w_1: loaded.treated,
    w_0: loaded.examples.count - loaded.treated,
    threshold: loaded.rule?.threshold ?? null,
    skipped_rows: loaded.skipped,
  };
  return `${templateText({ ...job.template, attribute: loaded.attribute })}\n\nRun\n${JSON.stringify(facts, null, 2)}\n`;
}
