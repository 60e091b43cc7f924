import type { Attribute, Classifier } from "../../domain/attribute.js";
import { inputError, RateError } from "../../domain/errors.js";
import type { Example, ExampleId, Json } from "../../domain/example.js";
import type { DatasetTemplate, Row } from "../../domain/template.js";
import { IdNumbers } from "../../storage/examples/ids.js";
import type { Context } from "../../storage/project/context.js";
import { Spool } from "../../storage/project/spool.js";
import { findAttribute, resolveRule } from "../attributes/index.js";
import { openHub } from "../sources/hub.js";
import { openSource } from "../sources/source.js";
import { byRule, type Labeller } from "./label.js";

/** Smoke test: so many examples, with so many of each arm as far as the data has them. */
const SMOKE_TEST_EXAMPLES = 30;
const SMOKE_TEST_PER_ARM = 3;
/** A smoke test has a judge look at so many texts, at most, to find them. */
const SMOKE_TEST_JUDGED = 300;

/** The examples of a data set, and what was learned on the way. */
export interface LoadedExamples {
  /** Kept on the disk; closed by whoever has asked for them. */
  readonly examples: Spool<Example>;
  /** How many of them have W = 1. */
  readonly treated: number;
  readonly attribute: Attribute;
  /** The attribute's own classifier with the threshold that was used; null where only a judge can tell. */
  readonly rule: { readonly threshold: number; readonly classify: Classifier } | null;
  /** Who says whether a text has the attribute; null where no one can be asked. */
  readonly labeller: Labeller | null;
  /** Rows that did not become examples, by reason. */
  readonly skipped: Readonly<Record<string, number>>;
}

/**
 * Reads a template's source and makes its examples: exactly `nExamples` of them (or all), in the order of the source. A source is
 * read twice when the attribute is split at its median, since the median is that of the whole source. `judge` is the model
 * that stands in for a rule; its progress is shown with `note` beside it, where one is given.
 */
export async function loadExamples(
  template: DatasetTemplate,
  context: Context,
  judge: Labeller | null = null,
  note?: () => string,
): Promise<LoadedExamples> {
  const attribute = attributeOf(template);
  const rule = attribute.rule
    ? resolveRule(attribute, await measuredForThreshold(template, attribute, context))
    : null;
  const skipped: Record<string, number> = {};
  const skip = (reason: string) => {
    skipped[reason] = (skipped[reason] ?? 0) + 1;
  };

  const limit = context.stamp.smokeTest
    ? SMOKE_TEST_EXAMPLES
    : (template.nExamples ?? Number.POSITIVE_INFINITY);
  const perArm = context.stamp.smokeTest ? SMOKE_TEST_PER_ARM : 0;
  const examples = await Spool.open<Example>();
  // A smoke test's few are put into another order at the end.
  const few: Example[] = [];
  const counts = { treated: 0, untreated: 0 };
  const seen = new IdNumbers();
  const labeller = judge ?? (rule && byRule(rule.classify, rule.threshold));
  const usable = async function* () {
    for await (const candidate of candidates(template, context)) {
      if (candidate.response.trim() === "") skip("empty response");
      else yield candidate;
    }
  };
  const total = () => counts.treated + counts.untreated;
  const progress =
    note && labeller && labeller.kind !== "rule" && Number.isFinite(limit)
      ? context.progress(`label ${template.name}`, limit, 0)
      : null;
  let told = 0;
  let judged = 0;
  const size = () => Math.min(labeller?.batch ?? 1, Math.max(1, limit - total()));
  try {
    for await (const chunk of chunks(usable(), size)) {
      const labels = await decide(template, chunk, labeller);
      for (const [index, candidate] of chunk.entries()) {
        const treated = labels[index] ?? null;
        if (treated === null) {
          skip("attribute undecided");
          continue;
        }
        if (seen.get(candidate.id) !== undefined) {
          throw inputError(
            `${candidate.origin}: the id ${JSON.stringify(candidate.id)} stands a second time; ids must be unique`,
          );
        }
        const arm = treated ? "treated" : "untreated";
        const kept = Math.max(0, perArm - counts[treated ? "untreated" : "treated"]);
        if (limit - total() <= kept) continue;
        seen.add(candidate.id);
        counts[arm] += 1;
        const { id, prompt, response, fields } = candidate;
        const example = { id, prompt, response, treated, fields };
        if (perArm > 0) few.push(example);
        else await examples.add(example);
      }
      progress?.advance(total() - told, note!());
      told = total();
      judged += chunk.length;
      // Looking for a rare arm is paid for where a judge looks.
      if (total() >= limit || (perArm > 0 && labeller?.kind === "judge" && judged >= SMOKE_TEST_JUDGED))
        break;
    }
  } finally {
    progress?.end();
  }
  for (const example of armsFirst(few, perArm)) await examples.add(example);
  if (total() === 0) {
    await examples.close();
    const why = Object.entries(skipped).map(([reason, count]) => `${count} rows: ${reason}`);
    throw inputError(`${template.name}: no examples (${why.join("; ") || "the source is empty"})`);
  }
  return {
    examples,
    treated: counts.treated,
    attribute,
    rule,
    labeller,
    skipped,
  };
}

/** The attribute that a template names or holds. */
export function attributeOf({ attribute }: DatasetTemplate): Attribute {
  return typeof attribute === "string" ? findAttribute(attribute) : attribute;
}

interface Candidate {
  readonly id: ExampleId;
  readonly prompt: string;
  readonly response: string;
  readonly row: Row;
  readonly fields: Readonly<Record<string, Json>>;
  /** File and line, for messages. */
  readonly origin: string;
}

async function* candidates(template: DatasetTemplate, context: Context): AsyncIterable<Candidate> {
  let number = 0;
  const source = openSource(template.source, {
    projectDirectory: context.project.directory,
    hub: openHub(context),
  });
  for await (const { row: sourceRow, origin } of source) {
    const rows = template.expand ? [...template.expand(sourceRow)] : [sourceRow];
    for (const [index, row] of rows.entries()) {
      const fallback = template.expand ? `${number}-${index}` : String(number);
      yield at(origin, () => {
        const prompt = text(template.question(row), "question");
        const response = text(template.completion(row), "completion");
        const fields = Object.fromEntries(
          Object.entries(row).filter(([, value]) => value !== prompt && value !== response),
        );
        return { id: idOf(row, template.idColumn, fallback), prompt, response, row, fields, origin };
      });
    }
    number += 1;
  }
}

/** Some at a time; `size` says how many the next time. */
async function* chunks<Item>(items: AsyncIterable<Item>, size: () => number): AsyncIterable<Item[]> {
  let chunk: Item[] = [];
  for await (const item of items) {
    chunk.push(item);
    if (chunk.length < size()) continue;
    yield chunk;
    chunk = [];
  }
  if (chunk.length > 0) yield chunk;
}

async function decide(
  template: DatasetTemplate,
  candidates: readonly Candidate[],
  labeller: Labeller | null,
): Promise<(boolean | null)[]> {
  const { treated } = template;
  if (typeof treated === "function")
    return candidates.map((candidate) => at(candidate.origin, () => treated(candidate.row)));
  if (labeller) return labeller.label(candidates);
  throw inputError(
    `${template.name}: the attribute has no rule of its own; name a column that says whether a response has it (columns: treated), or a model that judges it (judge)`,
  );
}

async function measuredForThreshold(
  template: DatasetTemplate,
  attribute: Attribute,
  context: Context,
): Promise<readonly number[]> {
  const { rule } = attribute;
  if (rule?.threshold !== "median") return [];
  const measured: number[] = [];
  for await (const { response } of candidates(template, context)) {
    const value = response.trim() === "" ? null : rule.measure(response);
    if (value !== null) measured.push(value);
  }
  return measured;
}

/** Adds file and line to what is wrong with a row. */
function at<Value>(origin: string, read: () => Value): Value {
  try {
    return read();
  } catch (cause) {
    if (cause instanceof RateError) throw inputError(`${origin}: ${cause.message}`, cause);
    throw inputError(`${origin}: the template fails on this row: ${(cause as Error).message}`, cause);
  }
}

function text(value: unknown, what: string): string {
  if (typeof value === "string") {
    if (value.isWellFormed()) return value;
    throw inputError(
      `the ${what} holds half a character (a lone surrogate, ${JSON.stringify(/\p{Surrogate}/u.exec(value)?.[0])}), which cannot be sent: mend the text`,
    );
  }
  throw inputError(`the ${what} is ${value === undefined ? "missing" : typeof value}, expected text`);
}

function idOf(row: Row, column: string | undefined, fallback: string): ExampleId {
  const value = column === undefined ? fallback : row[column];
  if ((typeof value === "string" && value.isWellFormed()) || typeof value === "number")
    return String(value) as ExampleId;
  throw inputError(`column ${column}: expected an id, found ${JSON.stringify(value) ?? "nothing"}`);
}

/** The first examples of each arm first, so that a run over the beginning of a smoke test sees both. */
function armsFirst(examples: readonly Example[], perArm: number): Example[] {
  const first = [true, false].flatMap((arm) =>
    examples.filter((example) => example.treated === arm).slice(0, perArm),
  );
  const chosen = new Set(first);
  return [...first, ...examples.filter((example) => !chosen.has(example))];
}
