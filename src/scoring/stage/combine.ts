import { createHash } from "node:crypto";
import { inputError } from "../../domain/errors.js";
import { EXTRA_KEYS, type Json, TEXT_KEYS } from "../../domain/example.js";
import { isObject, readRecords, type StoredRecord } from "../../storage/examples/stored.js";
import { watchFile } from "../../storage/project/files.js";
import type { Project } from "../../storage/project/project.js";

export interface Combined {
  readonly examples: number;
  /** Examples that stand in more than one file. */
  readonly joined: number;
  /** Rewards that a later file had again, by reward key: the later ones are kept. */
  readonly replaced: Readonly<Record<string, number>>;
}

type Fields = Readonly<Record<string, Json>>;

const TEXT_FIELDS = new Set<string>([...Object.values(TEXT_KEYS), ...EXTRA_KEYS]);

/** Disagreements that an error shows. */
const SHOWN = 5;

/**
 * Joins files of the same examples, or of parts of them, by id into one: an example keeps the place where it first stands, and has the fields of
 * all its files; of a field that stands twice the later file's is kept. The prompt, the texts, and w must agree wherever they stand. The output
 * is JSONL, or one object keyed by id when its name ends in `.json`.
 *
 * Memory grows with the number of examples, and with the fields besides the texts of examples that stand in several files; texts are never held.
 * @throws an input error that names examples which disagree, before anything is written
 */
export async function combineFiles(
  inputs: readonly string[],
  output: string,
  project: Project,
): Promise<Combined> {
  if (!/\.jsonl?$/i.test(output)) {
    throw inputError(`--output ${output}: expected a name that ends in .jsonl or .json`);
  }
  const checks = await Promise.all(inputs.map(watchFile));
  const shared = await compare(inputs);
  const joined = new Joined(inputs, shared, checks);
  await joined.read();
  await project.write(output, /\.json$/i.test(output) ? keyed(joined.records()) : lines(joined.records()));
  return { examples: joined.examples, joined: shared.size, replaced: Object.fromEntries(joined.replaced) };
}

/** What must agree between files, as short fingerprints by the field's name. */
type Marks = Readonly<Record<string, string>>;

/** Ids that stand in several files, each with the prompt or texts that its first file lacks and a later one has. */
type Shared = ReadonlyMap<string, readonly string[]>;

/** Looks at all files once. Throws when texts disagree. */
async function compare(inputs: readonly string[]): Promise<Shared> {
  const known = new Map<string, { file: number; marks: Marks }>();
  const shared = new Map<string, readonly string[]>();
  const conflicts: string[] = [];
  let count = 0;
  for (const [file, path] of inputs.entries()) {
    for await (const { id, record } of readRecords(path)) {
      const marks = marksOf(record);
      const before = known.get(id);
      if (before) {
        const gained = Object.keys(marks).filter((name) => before.marks[name] === undefined);
        shared.set(id, [...(shared.get(id) ?? []), ...gained]);
        const field = Object.keys(marks).find(
          (name) => before.marks[name] !== undefined && before.marks[name] !== marks[name],
        );
        if (field !== undefined) {
          count += 1;
          if (conflicts.length < SHOWN)
            conflicts.push(
              `example ${JSON.stringify(id)}: ${field} differs between ${inputs[before.file]} and ${path}`,
            );
        }
      }
      known.set(id, { file: before?.file ?? file, marks: { ...marks, ...before?.marks } });
    }
  }
  if (count > 0) {
    const more = count > conflicts.length ? `\n… and ${count - conflicts.length} more` : "";
    throw inputError(
      `these are not files of the same examples (nothing was written):\n${conflicts.join("\n")}${more}`,
    );
  }
  return shared;
}

function marksOf(record: Fields): Marks {
  const marks: Record<string, string> = {};
  const add = (name: string, value: Json | undefined) => {
    if (value !== undefined && value !== null)
      marks[name] = createHash("sha256").update(JSON.stringify(value)).digest("base64").slice(0, 12);
  };
  add("w_original", record.w_original);
  add("reward_question", record.reward_question);
  if (isObject(record.completions)) {
    for (const [key, text] of Object.entries(record.completions)) add(`completions.${key}`, text);
  }
  return marks;
}

/** The second and third look at the files: fields of shared examples, then every example in order. */
class Joined {
  examples = 0;
  readonly replaced = new Map<string, number>();
  /** What the files after an example's first one add to it, as JSON: a third of the memory of objects. */
  private readonly added = new Map<string, string[]>();

  constructor(
    private readonly inputs: readonly string[],
    private readonly shared: Shared,
    private readonly checks: readonly (() => Promise<void>)[],
  ) {}

  async read(): Promise<void> {
    if (this.shared.size === 0) return;
    const first = new Set<string>();
    for (const path of this.inputs) {
      for await (const { id, record } of readRecords(path)) {
        const gained = this.shared.get(id);
        if (!gained) continue;
        if (!first.has(id)) first.add(id);
        else this.added.set(id, [...(this.added.get(id) ?? []), JSON.stringify(besides(record, gained))]);
      }
    }
  }

  async *records(): AsyncIterable<StoredRecord> {
    const written = new Set<string>();
    for (const path of this.inputs) {
      for await (const entry of readRecords(path)) {
        if (this.shared.has(entry.id)) {
          if (written.has(entry.id)) continue;
          written.add(entry.id);
        }
        this.examples += 1;
        const more = (this.added.get(entry.id) ?? []).map((text) => JSON.parse(text) as Fields);
        yield { ...entry, record: more.reduce((record, fields) => this.merge(record, fields), entry.record) };
      }
    }
    for (const check of this.checks) await check();
  }

  private merge(record: Fields, later: Fields): Fields {
    const merged: Record<string, Json> = { ...record };
    for (const [key, value] of Object.entries(later)) {
      const before = record[key];
      if (isRewards(value)) {
        if (before !== undefined) this.replaced.set(key, (this.replaced.get(key) ?? 0) + 1);
        merged[key] = value;
      } else {
        // Notes on several reward models, such as truncated_texts, are objects by reward key.
        merged[key] =
          isObject(value) && isObject(before) && !isRewards(before) ? { ...before, ...value } : value;
      }
    }
    return merged;
  }
}

/** A record without the prompt and the texts that its first file has too; they have been found to agree. */
function besides(record: Fields, gained: readonly string[]): Fields {
  const { completions, reward_question: question, id: _, ...rest } = record;
  const texts = Object.entries(isObject(completions) ? completions : {}).filter(([key]) =>
    gained.includes(`completions.${key}`),
  );
  return {
    ...rest,
    ...(gained.includes("reward_question") && { reward_question: question! }),
    ...(texts.length > 0 && { completions: Object.fromEntries(texts) }),
  };
}

/** Rewards of one reward model: numbers (or none) under the names of the texts. */
function isRewards(value: Json | undefined): boolean {
  const entries = Object.entries(isObject(value) ? value : {});
  return (
    entries.length > 0 &&
    entries.every(([key, reward]) => TEXT_FIELDS.has(key) && (reward === null || typeof reward === "number"))
  );
}

async function* lines(records: AsyncIterable<StoredRecord>): AsyncIterable<string> {
  for await (const { id, record } of records) yield `${JSON.stringify({ ...record, id })}\n`;
}

async function* keyed(records: AsyncIterable<StoredRecord>): AsyncIterable<string> {
  let first = true;
  for await (const { id, record } of records) {
    const { id: _, ...fields } = record;
    yield `${first ? "{" : ","}\n${JSON.stringify(id)}: ${JSON.stringify(fields)}`;
    first = false;
  }
  yield first ? "{}\n" : "\n}\n";
}
