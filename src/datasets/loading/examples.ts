import type { Attribute, Classifier } from "../../domain/attribute.js";
import { inputError } from "../../domain/errors.js";
import type { Example } from "../../domain/example.js";
import type { DatasetTemplate } from "../../domain/template.js";
import { IdNumbers } from "../../storage/examples/ids.js";
import type { Context } from "../../storage/project/context.js";
import { Spool } from "../../storage/project/spool.js";
import { findAttribute, resolveRule } from "../attributes/index.js";
import { at, type Candidate, Candidates } from "./candidates.js";
import { noColumn } from "./columns.js";
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
  /** Rows that did not become examples, by reason; a reason completes "rows …". */
  readonly skipped: Readonly<Record<string, number>>;
  /** What else is to be said of the data, in words. */
  readonly notes: readonly string[];
}

/**
 * Reads a template's source and makes its examples: exactly `nExamples` of them (or all), in the order of the source.
 * A source is read twice when the attribute is split at its median, since the median is that of the whole source.
 * `judge` is the model that stands in for a rule; its progress is shown with `note` beside it, where one is given.
 */
export async function loadExamples(
  template: DatasetTemplate,
  context: Context,
  judge: Labeller | null = null,
  note?: () => string,
): Promise<LoadedExamples> {
  const attribute = attributeOf(template);
  const candidates = await Candidates.open(template, context);
  const rule = attribute.rule
    ? resolveRule(attribute, await measuredForThreshold(template, attribute, candidates))
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
  const unknownTexts = new UnknownTexts(attribute, labeller);
  const total = () => counts.treated + counts.untreated;
  const progress =
    note && labeller && labeller.kind !== "rule" && Number.isFinite(limit)
      ? context.progress(`label ${template.name}`, limit, 0)
      : null;
  let told = 0;
  let judged = 0;
  const size = () => Math.min(labeller?.batch ?? 1, Math.max(1, limit - total()));
  try {
    for await (const chunk of chunks(candidates.all(skip), size)) {
      const labels = await decide(template, chunk, labeller, skip);
      for (const [index, candidate] of chunk.entries()) {
        const treated = labels[index];
        if (treated === undefined) continue;
        if (treated === null) {
          skip("whose attribute is undecided");
          continue;
        }
        unknownTexts.see(candidate.response);
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
        const { id, prompt, response, counterfactual, fields } = candidate;
        const example = {
          ...{ id, prompt, response, treated, fields },
          ...(counterfactual !== undefined && { counterfactual }),
        };
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
    throw noExamples(template, candidates, skipped, labeller?.losses ?? null);
  }
  return {
    examples,
    treated: counts.treated,
    attribute,
    rule,
    labeller,
    skipped,
    notes: [...candidates.notes, ...unknownTexts.warnings],
  };
}

/** How many rows did not become examples, and why; null where all did. */
export function leftOutText(skipped: Readonly<Record<string, number>>): string | null {
  const parts = Object.entries(skipped).map(
    ([reason, count], index) => `${count} ${index > 0 ? "" : count === 1 ? "row " : "rows "}${reason}`,
  );
  return parts.length === 0 ? null : parts.join(", ");
}

/** Texts before a rule is called one that does not know their language, and the share of them. */
const TEXTS_TO_JUDGE = 10;
const NEARLY_ALL = 0.95;

/** Counts the texts in which a rule that goes by words finds none that it knows. */
class UnknownTexts {
  private texts = 0;
  private unknown = 0;
  private readonly knows: ((text: string) => boolean) | null;

  constructor(
    private readonly attribute: Attribute,
    labeller: Labeller | null,
  ) {
    this.knows = labeller?.kind === "rule" ? (attribute.rule?.knows ?? null) : null;
  }

  see(text: string): void {
    if (!this.knows) return;
    this.texts += 1;
    if (!this.knows(text)) this.unknown += 1;
  }

  get warnings(): string[] {
    if (this.texts < TEXTS_TO_JUDGE || this.unknown < NEARLY_ALL * this.texts) return [];
    const share = Math.floor((100 * this.unknown) / this.texts);
    return [
      `warning: the rule of ${this.attribute.name} finds no word that it knows in ${share} % of the texts: it knows English alone; name a judge (judge: { model: … }) or a column (columns: { treated: … })`,
    ];
  }
}

/** The attribute that a template names or holds. */
export function attributeOf({ attribute }: DatasetTemplate): Attribute {
  return typeof attribute === "string" ? findAttribute(attribute) : attribute;
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

/** W of each; null where it cannot be told, undefined where the row is left out. */
async function decide(
  template: DatasetTemplate,
  candidates: readonly Candidate[],
  labeller: Labeller | null,
  onLeftOut: (reason: string) => void,
): Promise<(boolean | null | undefined)[]> {
  const { treated } = template;
  if (typeof treated === "function")
    return candidates.map((candidate) => at(candidate.origin, () => treated(candidate.row), onLeftOut));
  if (labeller) return labeller.label(candidates);
  throw inputError(
    `${template.name}: the attribute has no rule of its own; name a column that says whether a response has it (columns: treated), or a model that judges it (judge)`,
  );
}

async function measuredForThreshold(
  template: DatasetTemplate,
  { rule }: Attribute,
  candidates: Candidates,
): Promise<readonly number[]> {
  if (rule?.threshold !== "median") return [];
  const measured: number[] = [];
  const skipped: Record<string, number> = {};
  let any = false;
  const skip = (reason: string) => {
    skipped[reason] = (skipped[reason] ?? 0) + 1;
  };
  for await (const { response } of candidates.all(skip)) {
    any = true;
    const value = rule.measure(response);
    if (value !== null) measured.push(value);
  }
  if (!any) throw noExamples(template, candidates, skipped);
  return measured;
}

/** The error for data without a single example: a column that no row has, or what rows were left out for. */
function noExamples(
  { name, columns = {} }: DatasetTemplate,
  { known }: Candidates,
  skipped: Readonly<Record<string, number>>,
  losses: string | null = null,
): Error {
  const absent = Object.values(columns).find(
    (column) => !known.has(column) && !known.has(column.split(".")[0]!),
  );
  if (absent !== undefined && known.size > 0)
    return inputError(`${name}: ${noColumn(absent, [...known]).message}`);
  const why = leftOutText(skipped);
  return inputError(
    `${name}: no examples (${why === null ? "the source is empty" : `left out ${why}`})${losses === null ? "" : `; ${losses}`}`,
  );
}

/** The first examples of each arm first, so that a run over the beginning of a smoke test sees both. */
function armsFirst(examples: readonly Example[], perArm: number): Example[] {
  const first = [true, false].flatMap((arm) =>
    examples.filter((example) => example.treated === arm).slice(0, perArm),
  );
  const chosen = new Set(first);
  return [...first, ...examples.filter((example) => !chosen.has(example))];
}
