import { findAttribute } from "../datasets/attributes/index.js";
import { locate } from "../datasets/sources/source.js";
import { templateText } from "../datasets/templates/describe.js";
import { findTemplate } from "../datasets/templates/index.js";
import { isTemplateFile, loadTemplateFile } from "../datasets/templates/template-file.js";
import type { Attribute } from "../domain/attribute.js";
import type { RewritesConfig, ScoringConfig } from "../domain/config/schema.js";
import { inputError } from "../domain/errors.js";
import { closest } from "../domain/suggest.js";
import type { DatasetTemplate, HubSource, Row } from "../domain/template.js";
import { list } from "../estimation/stage/choices.js";
import type { ChatChoice } from "../language-models/settings.js";
import type { RewriterName } from "../rewriting/backends/index.js";
import type { DatasetJob } from "../rewriting/stage/dataset-job.js";
import { openRewardModel } from "../scoring/index.js";
import { show } from "../storage/examples/stored.js";
import { hashFile } from "../storage/project/files.js";

/** What a configuration's rewrites block asks for. */
export async function datasetsOf(config: RewritesConfig): Promise<DatasetJob[]> {
  const templates = await templatesOf(config);
  const chat = chatOf(config);
  const { judge, batch, placebo, prices, max_cost: maxCost, cache: reuse } = config;
  const job = withoutUndefined({
    chat,
    judge: judge && withoutUndefined({ ...chatOf(judge), prices: judge.prices }),
    batch: batch && {
      maxRequests: batch.max_requests,
      maxQueuedTokens: batch.max_queued_tokens,
      pollSeconds: batch.poll_seconds,
      searchSeconds: batch.search_seconds,
    },
    placebo,
    prices,
    maxCost,
    reuse,
  });
  return templates.map(
    (template) =>
      ({
        template,
        rewriter: config.rewriter ?? usualRewriter(template, chat),
        openClassifier: openRewardModel,
        ...job,
      }) as DatasetJob,
  );
}

/** Who rewrites where a configuration does not say: the model that it or the template names, in batches; where none is named no money is spent. */
function usualRewriter(template: DatasetTemplate, chat: ChatChoice): RewriterName {
  return template.model === undefined && chat.model === undefined ? "builtin" : "openai-batch";
}

/** The part of a configuration that decides a result: money and speed do not, so they may change while a run is unfinished. */
export function decisive(config: RewritesConfig): Partial<RewritesConfig> {
  const { max_cost, prices, batch, concurrency, cache, ...rest } = config;
  return rest;
}

/** The part of a configuration that decides scores; where a model runs is in its description. */
export function decisiveScoring(config: ScoringConfig): Partial<ScoringConfig> {
  const { serving, runtime, endpoints, concurrency, timeout, patience, allow_probe, python, ...rest } =
    config;
  return rest;
}

/** What decides the rewrites of data sets, as plain text: for recognising a run. A file counts by its content. Throws when one is not there. */
export function describeDatasets(
  datasets: readonly DatasetJob[],
  projectDirectory: string,
): Promise<string[]> {
  return Promise.all(
    datasets.map(async ({ template, rewriter, chat, judge, placebo }) => {
      const { source } = template;
      const rows =
        source.kind === "file"
          ? `\nsha256 ${await hashFile(await locate(source.path, projectDirectory))}`
          : "";
      const { concurrency: _, ...asked } = chat ?? {};
      return `${rewriter}\n${JSON.stringify([asked, judge ?? null, placebo ?? false])}\n${templateText(template)}${rows}`;
    }),
  );
}

function chatOf(config: Partial<RewritesConfig>): ChatChoice {
  return withoutUndefined({
    model: config.model,
    temperature: config.temperature,
    maxCompletionTokens: config.max_completion_tokens,
    baseUrl: config.base_url,
    concurrency: config.concurrency,
  });
}

function withoutUndefined<Value extends object>(value: Value): Value {
  return Object.fromEntries(Object.entries(value).filter(([, inner]) => inner !== undefined)) as Value;
}

/**
 * The templates that a configuration asks for: ready-made or the user's own by name or path, or, for data described by its columns,
 * one for each attribute, called `<data>_<attribute>`.
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
        `rewrites.data.columns: treated (${data.columns.treated}) says which responses have one attribute, but there are ${attributes.length} (${attributes.join(", ")}); study them one by one, or leave treated out`,
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
      withCount(isTemplateFile(name) ? await loadTemplateFile(name) : findTemplate(name), config),
    ),
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

/** A template for data that is described by its columns alone. Columns that are missing or hold no text fail with their row. */
function templateFromColumns(
  name: string,
  attribute: Attribute,
  data: NonNullable<RewritesConfig["data"]>,
  judged: boolean,
): DatasetTemplate {
  const { columns } = data;
  const { prompt } = columns;
  const constant = data.prompt;
  if (prompt === undefined && constant === undefined) {
    throw inputError("rewrites.data: needs columns.prompt, or prompt: one text for all responses");
  }
  const { treated } = columns;
  return {
    name: `${name}_${attribute.name}`,
    source:
      data.hub === undefined
        ? { kind: "file", path: data.file! }
        : ({
            kind: "hub",
            dataset: data.hub,
            split: data.split ?? "train",
            config: data.config,
            revision: data.revision,
            path: data.path,
          } as HubSource),
    ...(columns.id !== undefined && { idColumn: columns.id }),
    question: prompt === undefined ? () => constant! : (row) => textColumn(row, prompt),
    completion: (row) => textColumn(row, columns.response),
    treated:
      treated === undefined
        ? { by: judged && !attribute.rule ? "judge" : "rule" }
        : (row) => truthColumn(row, treated),
    attribute,
  };
}

function withCount(template: DatasetTemplate, config: RewritesConfig): DatasetTemplate {
  return config.n_examples === undefined ? template : { ...template, nExamples: config.n_examples };
}

function column(row: Row, name: string) {
  const value = row[name];
  if (value === undefined) {
    const known = Object.keys(row);
    const near = closest(name, known);
    throw inputError(
      `there is no column ${JSON.stringify(name)}${near ? `; did you mean ${near}?` : ""} (columns: ${known.join(", ") || "none"})`,
    );
  }
  return value;
}

function textColumn(row: Row, name: string): string {
  const value = column(row, name);
  if (typeof value === "string") return value;
  throw inputError(`column ${name}: expected text, found ${show(value)}`);
}

/** True or false, 1 or 0; null leaves the row out. */
function truthColumn(row: Row, name: string): boolean | null {
  const value = column(row, name);
  if (value === null || typeof value === "boolean") return value;
  if (value === 1 || value === 0) return value === 1;
  if (value === "1" || value === "0") return value === "1";
  if (value === "true" || value === "false") return value === "true";
  throw inputError(`column ${name}: expected true or false (or 1 or 0), found ${show(value)}`);
}
