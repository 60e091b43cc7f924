import {
  attributeOf,
  type LoadedExamples,
  leftOutText,
  loadExamples,
} from "../../datasets/loading/examples.js";
import { byJudge, byModel, type Judge, type Labeller } from "../../datasets/loading/label.js";
import { filesOf } from "../../datasets/sources/files.js";
import { templateText } from "../../datasets/templates/describe.js";
import { sourceCodeOf } from "../../datasets/templates/source-code.js";
import { inputError } from "../../domain/errors.js";
import { GOLD_KEY, PLACEBO_KEY, TEXT_KEYS, THIRD_KEY } from "../../domain/example.js";
import type { RewriteAnswer, RewriteOutcome } from "../../domain/rewriter.js";
import { withSnakeKeys } from "../../domain/snake-case.js";
import { type Budget, type Usage, usageText } from "../../language-models/budget.js";
import { openChat } from "../../language-models/client.js";
import { type Estimate, estimateText, totalCost } from "../../language-models/forecast.js";
import { type RecordFields, recordToWrite } from "../../storage/examples/record.js";
import type { Context } from "../../storage/project/context.js";
import { watchFiles } from "../../storage/project/files.js";
import { Journal } from "../../storage/project/journal.js";
import { withoutPasswords } from "../../storage/project/manifest.js";
import { exists } from "../../storage/project/project.js";
import { addAnswer, type DatasetAccounts, openAccounts, openAllAccounts } from "./accounts.js";
import { Answers } from "./answers.js";
import { isJudged, judgeSettingsOf, judgesOriginals } from "./asked-models.js";
import { heldRequests, NONE_HELD } from "./batches.js";
import { estimatesOf } from "./cost-forecast.js";
import type { DatasetJob } from "./dataset-job.js";
import { guesses, unknownLabel } from "./estimate-dataset.js";
import { datasetFacts, lossesOf, lossesText, sourceFacts, unlabelledText } from "./facts.js";
import { nothingRewritten } from "./nothing-rewritten.js";
import { repeatedIn, withoutRepeated } from "./repeated.js";
import { earlierAnswers, NO_EARLIER, purposeOf } from "./reuse.js";
import { type RewrittenExample, rewriteExamples, rewrittenExamples } from "./rewrite.js";
import { promptsOf, rewriterOf } from "./rewriters.js";

/** Makes several data sets in turn. All accounts are open before anything is asked. Returns the paths of the rewrites files. */
export async function makeDatasets(jobs: readonly DatasetJob[], context: Context): Promise<string[]> {
  const accounts = await openAllAccounts(jobs, context);
  const made: string[] = [];
  for (const [index, job] of jobs.entries()) made.push(await createDataset(job, context, accounts[index]));
  return made;
}

/**
 * Loads and classifies the examples of a template, rewrites them and rewrites the rewrites, and writes the rewrites file
 * beside the template that made it. Nothing is asked of a model that is paid before its cost is told and confirmed.
 * `accounts` are those that are open already, where several data sets are made. Returns the path of the rewrites file; a
 * file that an earlier try has finished is left as it is.
 */
export async function createDataset(
  job: DatasetJob,
  context: Context,
  accounts?: DatasetAccounts,
): Promise<string> {
  const { template } = job;
  const { project, stamp } = context;
  const output = project.rewrites(template.name, stamp);
  const path = project.rewriteJournal(template.name, stamp);
  const seal = async () => {
    await project.seal(path);
    await project.seal(project.batchLedger(template.name, stamp));
    return output;
  };
  const spending = accounts ?? (await openAccounts(job, context));
  if (await exists(output)) return seal();

  const started = performance.now();
  const sourceIsTheSame =
    template.source.kind === "file"
      ? await watchFiles(await filesOf(template.source.path, project.directory))
      : async () => undefined;
  const source = await sourceFacts(template.source, context);
  const note = () => context.ledger.note;
  const judge = isJudged(job) ? await openJudge(job, spending.judge, context) : null;
  const first = judge ? guesses(judge.known) : await openClassifier(job, context);
  let loaded = await loadExamples(template, context, first, judge ? undefined : note);
  await sourceIsTheSame();
  const { attribute } = loaded;
  const asked = rewriterOf(job, loaded, context, spending.rewriter);
  const earlier = job.reuse === false ? NO_EARLIER : await earlierAnswers(asked, project, path);
  if (earlier.count > 0)
    context.say(
      `${template.name}: ${earlier.count} answers of earlier runs are at hand; what they answer is not asked again`,
    );
  const journal = await Journal.open<RewriteAnswer>(path, purposeOf(template.name, asked));
  try {
    const answers = await Answers.open(
      journal,
      (answer) => addAnswer(spending.rewriter, answer),
      // With live requests a refusal of the server's, and its troubles, are no answers; in batches they have been tried often enough.
      (failure) => asked.kind === "each" && (job.reuse === false || SERVERS_OWN.has(failure)),
    );
    const held = asked.kind === "bulk" ? await heldRequests(project, template.name, stamp) : NONE_HELD;
    const work = {
      earlier,
      answers,
      promptOf: promptsOf(attribute),
      placebo: job.placebo ?? false,
      thirdPass: job.thirdPass ?? false,
    };
    const { examples } = loaded;
    const planned = {
      ...work,
      attribute,
      known: judge?.known ?? unknownLabel,
      judgesOriginals: judgesOriginals(job),
      examples,
      held,
    };
    await confirmed(template.name, await estimatesOf(planned, spending.pricing), context);
    if (judge) {
      const { count } = loaded.examples;
      await loaded.examples.close();
      loaded = await loadExamples({ ...template, nExamples: count }, context, judge, note);
      await sourceIsTheSame();
    }
    await rewriteExamples({
      ...work,
      examples: loaded.examples,
      count: loaded.examples.count,
      rewriter: spending.rewriter.guard(asked),
      signal: context.signal,
      progress: (total: number, done: number) => context.progress(`rewrite ${template.name}`, total, done),
      onAnswer: (answer: RewriteAnswer) => {
        addAnswer(spending.rewriter, answer);
        return note();
      },
    });
    const repeated = asked.paid ? await repeatedIn(rewrittenExamples(loaded.examples, answers)) : null;
    const rewritten = () => {
      const all = rewrittenExamples(loaded.examples, answers);
      return repeated ? withoutRepeated(all, repeated) : all;
    };
    const losses = await lossesOf(rewritten());
    const lost = lossesText(losses, loaded.examples.count);
    if (losses.complete === 0) throw nothingRewritten(template.name, lost);
    const labels = await labelsOf(rewritten(), loaded, template.name, context, note);
    const leftOut = leftOutText(loaded.skipped);
    if (leftOut !== null) context.say(`${template.name}: left out ${leftOut}`);
    for (const text of loaded.notes) context.say(`${template.name}: ${text}`);
    if (lost !== null) context.say(`${template.name}: ${lost}`);
    const unlabelled = labels && (await unlabelledText(rewritten(), labels));
    if (unlabelled) context.say(`${template.name}: ${unlabelled}`);
    if (judge?.losses) context.say(`${template.name}: ${judge.losses}`);
    if (asked.paid) context.say(usageText(template.name, spending.rewriter.usage));
    if (judge) context.say(usageText(`${template.name}, judge`, spending.judge.usage));
    const usage = usageOf(spending.rewriter.usage, judge && spending.judge.usage);
    await project.write(
      project.rewritesTemplate(template.name, stamp),
      await describe(job, loaded, asked.facts, usage, context),
    );
    await context.note?.({
      dataset: template.name,
      facts: {
        source,
        ...datasetFacts(job, loaded, asked.facts, losses),
        usage,
        seconds: (performance.now() - started) / 1000,
      },
    });
    await project.write(output, rewritesJson(rewritten(), labels));
  } finally {
    await journal.close();
    await (judge ?? loaded.labeller)?.close();
    await loaded.examples.close();
  }
  return seal();
}

/** Failures for which the text and the model can do nothing. */
const SERVERS_OWN: ReadonlySet<string> = new Set(["rejected", "failed"]);

/** Tells what will be asked and cost, and has it confirmed where it is not nothing. */
async function confirmed(name: string, estimates: readonly Estimate[], context: Context): Promise<void> {
  for (const estimate of estimates) context.say(estimateText(name, estimate));
  const asks = estimates.some(({ requests, cost }) => requests > 0 && cost !== 0);
  if (asks && !(await context.confirm({ cost: totalCost(estimates) })))
    throw inputError("not confirmed: nothing was asked");
}

/** What was used, in numbers; `cost` is that of rewrites and judgements together. */
function usageOf(rewriter: Usage, judge: Usage | null): Record<string, number | null> {
  if (!judge) return { ...rewriter };
  return {
    ...rewriter,
    cost: totalCost([rewriter, judge]),
    judgeRequests: judge.requests,
    judgeReused: judge.reused,
    judgePromptTokens: judge.promptTokens,
    judgeCompletionTokens: judge.completionTokens,
    judgeCost: judge.cost,
  };
}

/** The classifier that a template names; null where it names none. */
async function openClassifier(job: DatasetJob, context: Context): Promise<Labeller | null> {
  const { template } = job;
  const { treated } = template;
  if (typeof treated !== "object" || treated.by !== "model") return null;
  if (job.openClassifier === undefined)
    throw inputError(
      `the data set ${template.name} is labelled by the model ${treated.model}: say how to open it`,
    );
  return byModel(await job.openClassifier(treated.model, context), treated.above);
}

function openJudge(job: DatasetJob, budget: Budget, context: Context): Promise<Judge> {
  const settings = { ...judgeSettingsOf(job, context), say: context.say };
  const path = context.project.judgeJournal(job.template.name, context.stamp);
  const how = { concurrency: settings.concurrency, path, budget, reuse: job.reuse ?? true };
  return byJudge(attributeOf(job.template), openChat(settings), how, context);
}

/** W of both rewrites of each example in turn, null where it cannot be told; null altogether where no one can be asked. */
async function labelsOf(
  rewritten: AsyncIterable<RewrittenExample>,
  { labeller, examples }: LoadedExamples,
  name: string,
  context: Context,
  note: () => string,
) {
  if (!labeller) return null;
  const labels: (boolean | null)[] = [];
  const progress =
    labeller.kind === "rule" ? null : context.progress(`label rewrites of ${name}`, 2 * examples.count, 0);
  let waiting: { place: number; prompt: string; response: string }[] = [];
  let told = 0;
  const label = async () => {
    const found = await labeller.label(waiting);
    for (const [index, { place }] of waiting.entries()) labels[place] = found[index] ?? null;
    waiting = [];
    progress?.advance(labels.length - told, note());
    told = labels.length;
  };
  try {
    for await (const { example, rewrite, rewriteOfRewrite } of rewritten) {
      for (const outcome of [rewrite, rewriteOfRewrite]) {
        const response = textOf(outcome);
        if (response !== null) waiting.push({ place: labels.length, prompt: example.prompt, response });
        labels.push(null);
      }
      if (waiting.length >= labeller.batch) await label();
    }
    await label();
  } finally {
    progress?.end();
  }
  return labels;
}

/** The rewrites file: one object keyed by example id. */
async function* rewritesJson(
  rewritten: AsyncIterable<RewrittenExample>,
  labels: readonly (boolean | null)[] | null,
): AsyncIterable<string> {
  let index = 0;
  for await (const { example, rewrite, rewriteOfRewrite, thirdRewrite, placebo } of rewritten) {
    const first = textOf(rewrite);
    const second = textOf(rewriteOfRewrite);
    const third = textOf(thirdRewrite);
    const fields: RecordFields = {
      w_original: example.treated,
      reward_question: example.prompt,
      completions: {
        [TEXT_KEYS.original]: example.response,
        ...(first !== null && { [TEXT_KEYS.rewrite]: first }),
        ...(second !== null && { [TEXT_KEYS.rewriteOfRewrite]: second }),
        ...(third !== null && { [THIRD_KEY]: third }),
        ...(example.counterfactual !== undefined && { [GOLD_KEY]: example.counterfactual }),
        ...(placebo?.status === "ok" && { [PLACEBO_KEY]: placebo.text }),
        ...(placebo?.status === "failed" &&
          placebo.reason === "unchanged" && { [PLACEBO_KEY]: example.response }),
      },
      ...(labels && { w_rewrite: labels[2 * index]!, w_rewritten_rewrite: labels[2 * index + 1]! }),
      ...failureOf(rewrite, rewriteOfRewrite),
    };
    const record = recordToWrite(fields, example.fields);
    yield `${index === 0 ? "{" : ","}\n${JSON.stringify(example.id)}: ${JSON.stringify(record)}`;
    index += 1;
  }
  yield "\n}\n";
}

function textOf(outcome: RewriteOutcome | null): string | null {
  return outcome?.status === "ok" ? outcome.text : null;
}

function failureOf(
  rewrite: RewriteOutcome,
  rewriteOfRewrite: RewriteOutcome | null,
): Pick<RecordFields, "rewrite_failure"> {
  for (const [step, outcome] of Object.entries({ rewrite, [TEXT_KEYS.rewriteOfRewrite]: rewriteOfRewrite })) {
    if (outcome?.status === "failed") {
      return { rewrite_failure: { step, reason: outcome.reason, detail: outcome.detail } };
    }
  }
  return {};
}

/** The template file: everything that made the rewrites, in words and code that a person can read. */
async function describe(
  job: DatasetJob,
  loaded: LoadedExamples,
  rewriterFacts: Readonly<Record<string, unknown>>,
  usage: Readonly<Record<string, number | null>>,
  context: Context,
): Promise<string> {
  const facts = {
    rate_version: context.version,
    timestamp: context.stamp.timestamp,
    smoke_test: context.stamp.smokeTest,
    rewriter: job.rewriter,
    rewriter_facts: rewriterFacts,
    labels: loaded.labeller?.facts ?? null,
    placebo: job.placebo ?? false,
    third_pass: job.thirdPass ?? false,
    usage: withSnakeKeys(usage),
    examples: loaded.examples.count,
    w_1: loaded.treated,
    w_0: loaded.examples.count - loaded.treated,
    threshold: loaded.rule?.threshold ?? null,
    skipped_rows: loaded.skipped,
  };
  const configuration =
    context.configuration === undefined
      ? []
      : [`Configuration\n${JSON.stringify(withoutPasswords(context.configuration), null, 2)}`];
  const code = (await sourceCodeOf(job.template, job.templateFile ?? null)).map(
    ({ path, text }) => `// ${path}\n${text}`,
  );
  return `${[
    templateText({ ...job.template, attribute: loaded.attribute }),
    ...configuration,
    `Run\n${JSON.stringify(facts, null, 2)}`,
    ...(code.length > 0 ? [`Functions\n\n${code.join("\n\n")}`] : []),
  ].join("\n\n")}\n`;
}
