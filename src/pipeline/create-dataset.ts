import { Journal } from "../artifacts/journal.js";
import { exists } from "../artifacts/project.js";
import { TEXT_KEYS } from "../domain/example.js";
import type { RewriteAnswer, RewriteOutcome } from "../domain/rewriter.js";
import type { DatasetTemplate } from "../domain/template.js";
import { type ChatChoice, openRewriter, type RewriterName } from "../rewriters/index.js";
import { fillPrompt } from "../rewriters/prompts.js";
import { templateText } from "../templates/describe.js";
import type { Context } from "./context.js";
import { type LoadedExamples, loadExamples } from "./examples.js";
import { purposeOf, withEarlierAnswers } from "./reuse.js";
import { type RewrittenExample, rewriteExamples } from "./rewrite.js";

/** One data set to be made. */
export interface DatasetJob {
  readonly template: DatasetTemplate;
  readonly rewriter: RewriterName;
  /** How a language model is asked; what is absent comes from the template, then from the defaults. */
  readonly chat?: ChatChoice;
}

/**
 * Loads and classifies the examples of a template, rewrites them and rewrites the rewrites, and writes the rewrites file beside the
 * template that made it. Returns the path of the rewrites file; a file that an earlier try has finished is left as it is.
 */
export async function createDataset(job: DatasetJob, context: Context): Promise<string> {
  const { template } = job;
  const { project, stamp } = context;
  const output = project.rewrites(template.name, stamp);
  if (await exists(output)) return output;

  const loaded = await loadExamples(template, context);
  const asked = openRewriter(job.rewriter, {
    ...loaded,
    chat: { model: template.model, temperature: template.temperature, ...job.chat },
    environment: context.environment,
    fetch: context.fetch,
  });
  const path = project.rewriteJournal(template.name, stamp);
  const { rewriter, earlier } = await withEarlierAnswers(asked, project, path);
  if (earlier > 0)
    context.say(
      `${template.name}: ${earlier} answers of earlier runs are at hand and are not asked for again`,
    );
  const journal = await Journal.open<RewriteAnswer>(path, purposeOf(template.name, rewriter));
  const rewritten = await rewriteExamples({
    examples: loaded.examples,
    rewriter,
    journal,
    promptOf: (text, target) =>
      fillPrompt(
        loaded.attribute.rewritePrompt,
        text,
        loaded.attribute.labels[target ? "treated" : "untreated"],
      ),
    signal: context.signal,
    progress: (total, done) => context.progress(`rewrite ${template.name}`, total, done),
  });
  await journal.close();
  await project.write(
    project.rewritesTemplate(template.name, stamp),
    describe(job, loaded, rewriter.facts, context),
  );
  await project.write(output, rewritesJson(rewritten, loaded));
  await project.seal(journal.path);
  return output;
}

/** The rewrites file: one object keyed by example id. */
function* rewritesJson(rewritten: readonly RewrittenExample[], loaded: LoadedExamples): Iterable<string> {
  for (const [index, { example, rewrite, rewriteOfRewrite }] of rewritten.entries()) {
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
      },
      ...(loaded.rule && {
        w_rewrite: first === null ? null : loaded.rule.classify(first),
        w_rewritten_rewrite: second === null ? null : loaded.rule.classify(second),
      }),
      ...failureOf(rewrite, rewriteOfRewrite),
    };
    yield `${index === 0 ? "{" : ","}\n${JSON.stringify(example.id)}: ${JSON.stringify(record)}`;
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
  context: Context,
): string {
  const treated = loaded.examples.filter((example) => example.treated).length;
  const facts = {
    rate_version: context.version,
    timestamp: context.stamp.timestamp,
    smoke_test: context.stamp.smokeTest,
    rewriter: job.rewriter,
    rewriter_facts: rewriterFacts,
    examples: loaded.examples.length,
    w_1: treated,
    w_0: loaded.examples.length - treated,
    threshold: loaded.rule?.threshold ?? null,
    skipped_rows: loaded.skipped,
  };
  return `${templateText({ ...job.template, attribute: loaded.attribute })}\n\nRun\n${JSON.stringify(facts, null, 2)}\n`;
}
