import { findAttribute } from "../datasets/attributes/index.js";
import { templateFromColumns } from "../datasets/loading/columns.js";
import { filesOf } from "../datasets/sources/files.js";
import { templateText } from "../datasets/templates/describe.js";
import { findTemplate } from "../datasets/templates/index.js";
import { EXACT_NAMES, exactly } from "../datasets/templates/published.js";
import { isTemplateFile, loadTemplateFile } from "../datasets/templates/template-file.js";
import type { Attribute } from "../domain/attribute.js";
import type { RewritesConfig, ScoringConfig } from "../domain/config/schema.js";
import { inputError } from "../domain/errors.js";
import type { RewriterName } from "../domain/rewriter.js";
import type { DatasetTemplate } from "../domain/template.js";
import { list } from "../estimation/stage/choices.js";
import { type ChatChoice, chatChoice, decisiveChoice } from "../language-models/settings.js";
import type { DatasetJob } from "../rewriting/stage/dataset-job.js";
import { openRewardModel } from "../scoring/index.js";
import { hashFile } from "../storage/project/files.js";

/** What a configuration's rewrites block asks for. */
export async function datasetsOf(config: RewritesConfig): Promise<DatasetJob[]> {
  const templates = await templatesOf(config);
  const chat = chatChoice(config);
  const { judge, batch, placebo, third_pass: thirdPass, prices, cache: reuse } = config;
  const job = withoutUndefined({
    chat,
    judge: judge && withoutUndefined({ ...chatChoice(judge), prices: judge.prices }),
    batch: batch && {
      maxRequests: batch.max_requests,
      maxQueuedTokens: batch.max_queued_tokens,
      pollSeconds: batch.poll_seconds,
      searchSeconds: batch.search_seconds,
    },
    placebo,
    thirdPass,
    prices,
    reuse,
  });
  const names = list(config.dataset_name);
  return templates.map(
    (template, index) =>
      ({
        template,
        ...(!config.data && isTemplateFile(names[index]!) && { templateFile: names[index]! }),
        rewriter: config.rewriter ?? usualRewriter(template, chat),
        openClassifier: openRewardModel,
        ...job,
      }) as DatasetJob,
  );
}

/**
 * Who rewrites where a configuration does not say: the model that it or the template names, in batches; where none is
 * named no money is spent.
 */
function usualRewriter(template: DatasetTemplate, chat: ChatChoice): RewriterName {
  return template.model === undefined && chat.model === undefined ? "builtin" : "openai-batch";
}

/**
 * The part of a configuration that decides a result: money and speed do not, so they may change while a run is
 * unfinished.
 */
export function decisive(config: RewritesConfig): Partial<RewritesConfig> {
  const { max_cost, prices, batch, concurrency, cache, headers, ...rest } = config;
  return rest;
}

/** The part of a configuration that decides scores; where a model runs is in its description. */
export function decisiveScoring(config: ScoringConfig): Partial<ScoringConfig> {
  const { serving, runtime, endpoints, concurrency, timeout, patience, allow_probe, python, judge, ...rest } =
    config;
  if (!judge) return rest;
  const { prices, max_cost, concurrency: _, cache, headers, ...asked } = judge;
  return { ...rest, judge: asked };
}

/**
 * What decides the rewrites of data sets, as plain text: for recognising a run. A file counts by its content. Throws
 * when one is not there.
 */
export function describeDatasets(
  datasets: readonly DatasetJob[],
  projectDirectory: string,
): Promise<string[]> {
  return Promise.all(
    datasets.map(async ({ template, rewriter, chat, judge, placebo, thirdPass }) => {
      const { source } = template;
      const rows =
        source.kind === "file"
          ? `\nsha256 ${(await Promise.all((await filesOf(source.path, projectDirectory)).map(hashFile))).join(" ")}`
          : "";
      const asked = [decisiveChoice(chat ?? {}), judge ? decisiveChoice(judge) : null];
      return `${rewriter}\n${JSON.stringify([...asked, placebo ?? false, ...(thirdPass ? ["third pass"] : [])])}\n${templateText(template)}${rows}`;
    }),
  );
}

function withoutUndefined<Value extends object>(value: Value): Value {
  return Object.fromEntries(Object.entries(value).filter(([, inner]) => inner !== undefined)) as Value;
}

/**
 * The templates that a configuration asks for: ready-made or the user's own by name or path, or, for data described
 * by its columns, one for each attribute, called `<data>_<attribute>`.
 */
async function templatesOf(config: RewritesConfig): Promise<DatasetTemplate[]> {
  const names = list(config.dataset_name);
  const { data } = config;
  if (data) {
    const [name, ...others] = names;
    if (!name || others.length > 0) throw inputError("rewrites: data needs exactly one dataset_name");
    const attributes = list(config.attribute);
    if (attributes.length === 0) {
      throw inputError("rewrites: data needs an attribute, for example attribute: length");
    }
    if (attributes.length > 1 && data.columns.treated !== undefined) {
      throw inputError(
        `rewrites.data.columns: treated (${JSON.stringify(typeof data.columns.treated === "string" ? data.columns.treated : data.columns.treated.column)}) says which responses have one attribute, but there are ${attributes.length} (${attributes.join(", ")}); study them one by one, or leave treated out`,
      );
    }
    return attributes.map((attribute) =>
      withCount(
        templateFromColumns(name, splitAt(attribute, config.threshold), data, config.judge !== undefined),
        config,
      ),
    );
  }
  if (config.attribute !== undefined) {
    throw inputError("rewrites: attribute goes with data; a dataset template has its own");
  }
  if (config.threshold !== undefined) {
    throw inputError("rewrites: threshold goes with data and attribute; a dataset template has its own");
  }
  return Promise.all(
    names.map(async (name) =>
      withCount(isTemplateFile(name) ? await loadTemplateFile(name) : builtInTemplate(name, config), config),
    ),
  );
}

/** A template by its name, as the published code has it where that is asked for. */
function builtInTemplate(name: string, { published }: RewritesConfig): DatasetTemplate {
  const template = findTemplate(name);
  if (published === undefined) return template;
  const exact = exactly(template);
  if (exact) return exact;
  throw inputError(
    `rewrites.published: ${name} is as published, or is not published; exact is for ${EXACT_NAMES.join(", ")}`,
  );
}

/** A ready-made attribute, split where the configuration says. */
function splitAt(name: string, threshold: RewritesConfig["threshold"]): Attribute {
  const attribute = findAttribute(name);
  if (threshold === undefined) return attribute;
  if (!attribute.rule)
    throw inputError(
      `rewrites.threshold: the attribute ${name} has no measure that could be split; a judge or a column decides it`,
    );
  return { ...attribute, rule: { ...attribute.rule, threshold } };
}

function withCount(template: DatasetTemplate, config: RewritesConfig): DatasetTemplate {
  return config.n_examples === undefined ? template : { ...template, nExamples: config.n_examples };
}
