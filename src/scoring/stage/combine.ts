import { createHash } from "node:crypto";
import { inputError } from "../../domain/errors.js";
import type { Json } from "../../domain/example.js";
import type { ColumnNames, ShapeQuery } from "../../storage/examples/layout.js";
import { isRewards, rewardKeysOf } from "../../storage/examples/record.js";
import { isObject, readRecords, type StoredRecord } from "../../storage/examples/stored.js";
import { watchFile } from "../../storage/project/files.js";
import type { Project } from "../../storage/project/project.js";

export interface Combined {
  readonly examples: number;
  /** Examples that stand in more than one file. */
  readonly joined: number;
  /** Examples that stand in one file only, by file. */
  readonly alone: Readonly<Record<string, number>>;
  /** Rewards that a later file had again, by reward key: the later ones are kept. */
  readonly replaced: Readonly<Record<string, number>>;
}

type Fields = Readonly<Record<string, Json>>;

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
  columns?: ColumnNames,
): Promise<Combined> {
  if (!/\.jsonl?$/i.test(output)) {
    throw inputError(`--output ${output}: expected a name that ends in .jsonl or .json`);
  }
  const checks = await Promise.all(inputs.map(watchFile));
  const query = { columns };
  const { shared, alone } = await compare(inputs, query);
  const joined = new Joined(inputs, shared, checks, query);
  await joined.read();
  await project.write(output, /\.json$/i.test(output) ? keyed(joined.records()) : lines(joined.records()));
  return {
    examples: joined.examples,
    joined: shared.size,
    alone,
    replaced: Object.fromEntries(joined.replaced),
  };
}

/** What must agree between files, as short fingerprints by the field's name. */
type Marks = Readonly<Record<string, string>>;

/** Ids that stand in several files, each with the prompt or texts that its first file lacks and a later one has. */
type Shared = ReadonlyMap<string, readonly string[]>;

/** Looks at all files once. Throws when texts disagree, or when files of different reward models have no example in common. */
async function compare(
  inputs: readonly string[],
  query: ShapeQuery,
): Promise<{ shared: Shared; alone: Combined["alone"] }> {
  const known = new Map<string, { file: number; marks: Marks }>();
  const keys = inputs.map(() => new Set<string>());
  const shared = new Map<string, readonly string[]>();
  const conflicts: string[] = [];
  let count = 0;
  for (const [file, path] of inputs.entries()) {
    for await (const { id, record } of readRecords(path, query)) {
      for (const key of rewardKeysOf(record)) keys[file]!.add(key);
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
  const alone = inputs.map(() => 0);
  for (const [id, { file }] of known) if (!shared.has(id)) alone[file]! += 1;
  if (shared.size === 0) requireParts(inputs, keys, known);
  return { shared, alone: Object.fromEntries(inputs.map((path, file) => [path, alone[file]!])) };
}

/** Parts of one data set have no example in common, but the same reward models; files of different models are to be joined, so that nothing would be. */
function requireParts(
  inputs: readonly string[],
  keys: readonly ReadonlySet<string>[],
  known: ReadonlyMap<string, { readonly file: number }>,
): void {
  const apart = keys.findIndex(
    (own, file) => file > 0 && own.size > 0 && ![...own].some((key) => keys[0]!.has(key)),
  );
  if (apart < 0 || keys[0]!.size === 0) return;
  const ids = (wanted: number) => [...known].filter(([, { file }]) => file === wanted).map(([id]) => id);
  const shown = (wanted: number) =>
    `${inputs[wanted]} has ${ids(wanted)
      .slice(0, 3)
      .map((id) => JSON.stringify(id))
      .join(", ")} …`;
  throw inputError(
    `no example stands in several of the files, so that nothing can be joined by id (${shown(0)}; ${shown(apart)}); ${adviceFor(ids(0), ids(apart))}`,
  );
}

/** What is likely wrong with ids that do not meet. */
function adviceFor(one: readonly string[], other: readonly string[]): string {
  const rounded = (ids: readonly string[]) =>
    new Set(ids.filter((id) => /^\d{16,}$/.test(id)).map((id) => id.slice(0, 14)));
  const [first, second] = [rounded(one), rounded(other)];
  if ([...first].some((start) => second.has(start)))
    return "their first digits agree: one of the files was written by a program that rounds 64-bit numbers; write its ids as text";
  const trimmed = (id: string) => id.trim().toLowerCase();
  const folded = new Set(one.map(trimmed));
  if (other.some((id) => folded.has(trimmed(id))))
    return "they differ in spaces or capital letters; spell them alike";
  const numbers = (ids: readonly string[]) => ids.every((id, index) => id === String(index));
  if (numbers(one) || numbers(other))
    return "one file has no ids, so that its lines are numbered; give its examples the id of the other file, in a field called id";
  return "give the same examples the same id, in a field called id";
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
    private readonly query: ShapeQuery,
  ) {}

  async read(): Promise<void> {
    if (this.shared.size === 0) return;
    const first = new Set<string>();
    for (const path of this.inputs) {
      for await (const { id, record } of readRecords(path, this.query)) {
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
      for await (const entry of readRecords(path, this.query)) {
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
    const merged = new Map(Object.entries(record));
    for (const [key, value] of Object.entries(later)) {
      const before = merged.get(key);
      if (isRewards(key, value)) {
        if (before !== undefined) this.replaced.set(key, (this.replaced.get(key) ?? 0) + 1);
        merged.set(key, value);
      } else {
        // Notes on several reward models, such as truncated_texts, are objects by reward key.
        const both = isObject(value) && isObject(before) && !isRewards(key, before);
        merged.set(key, both ? withNotes(before, value) : value);
      }
    }
    return Object.fromEntries(merged);
  }
}

function withNotes(before: { readonly [key: string]: Json }, later: { readonly [key: string]: Json }): Json {
  return { ...before, ...later };
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
