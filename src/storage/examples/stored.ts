import { inputError } from "../../domain/errors.js";
import { EXTRA_KEYS, type Json, TEXT_KEYS } from "../../domain/example.js";
import { parsed } from "../readers/json-bytes.js";
import { isObject, jsonText, show } from "../readers/json-value.js";
import { afterComma, memberAt } from "../readers/members.js";
import { csvRows, semicolonRows } from "../readers/tables/delimited.js";
import { tableKind, tableRows } from "../readers/tables/index.js";
import { jsonRows } from "../readers/tables/json-rows.js";
import { type Form, formOf, refusePipe } from "./form.js";
import { Shape, type ShapeQuery } from "./layout.js";
import { bytesOf, jsonLines, unreadOf } from "./lines.js";
import { fieldOf, type RawRecord } from "./record.js";

export { isObject, jsonText, show };

/** An object of a rewrites or scored file, in the shape of our own files, before its fields are checked. */
export interface StoredRecord {
  readonly id: string;
  readonly record: RawRecord;
  /** File and line, or file and key, for messages. */
  readonly origin: string;
}

/** An example of a rewrites or scored file whose texts have been checked. */
export interface StoredExample extends StoredRecord {
  readonly reward_question: string;
  /** Texts by their keys in files; one that is missing has failed. */
  readonly completions: Readonly<Record<string, string>>;
}

/** The same of a file that may hold scores alone. */
export interface ShownExample extends Omit<StoredExample, "reward_question"> {
  readonly reward_question: string | null;
}

/**
 * The examples of a rewrites or scored file, whatever its shape: JSONL, one object keyed by id, a JSON list, CSV, TSV or Parquet, nested or flat, made
 * here or elsewhere; all come in the shape of our own files. Those without an id have their number, from 0. Throws with file and line on what is no object, and on
 * ids that stand twice.
 */
export async function* readRecords(path: string, query: ShapeQuery = {}): AsyncIterable<StoredRecord> {
  const seen = new Set<string>();
  for await (const record of recordsOf(path, query)) {
    if (seen.has(record.id)) {
      throw inputError(
        `${record.origin}: the id ${JSON.stringify(record.id)} stands a second time; ids must be unique`,
      );
    }
    seen.add(record.id);
    yield record;
  }
}

/** The same without the check that ids are unique. */
export async function* recordsOf(path: string, query: ShapeQuery): AsyncIterable<StoredRecord> {
  await refusePipe(path);
  const shape = new Shape(query);
  let number = 0;
  for await (const { value, key, origin } of objectsOf(path, await formOf(path, shape))) {
    const object = requireObject(value, origin);
    for (const { id, record } of key === null ? shape.expanded(object) : [{ id: key, record: object }]) {
      const own = shape.canonical(record);
      yield { id: id ?? idOf(own, String(number), origin), record: own, origin };
      number += 1;
    }
  }
}

/** The examples of a rewrites or scored file, which must have their texts. */
export async function* readStored(path: string): AsyncIterable<StoredExample> {
  for await (const example of readShown(path)) {
    const { record, origin, reward_question } = example;
    if (reward_question === null)
      throw inputError(
        `${origin}: reward_question: expected text, found ${show(fieldOf(record, "reward_question"))}`,
      );
    if (!isObject(fieldOf(record, "completions")))
      throw inputError(
        `${origin}: completions: expected an object, found ${show(fieldOf(record, "completions"))}`,
      );
    yield { ...example, reward_question };
  }
}

/** The examples of a rewrites or scored file; those without texts, of scores made elsewhere, too. */
export async function* readShown(path: string, query: ShapeQuery = {}): AsyncIterable<ShownExample> {
  for await (const stored of readRecords(path, query)) {
    const { record, origin } = stored;
    const question = fieldOf(record, "reward_question") ?? null;
    if (question !== null && typeof question !== "string")
      throw inputError(`${origin}: reward_question: expected text, found ${show(question)}`);
    const completions = fieldOf(record, "completions") ?? {};
    if (!isObject(completions))
      throw inputError(`${origin}: completions: expected an object, found ${show(completions)}`);
    const texts: Record<string, string> = {};
    for (const key of [...Object.values(TEXT_KEYS), ...EXTRA_KEYS]) {
      const text = fieldOf(completions, key);
      if (text === undefined || text === null) continue;
      if (typeof text !== "string")
        throw inputError(`${origin}: completions.${key}: expected text, found ${show(text)}`);
      texts[key] = text;
    }
    yield { ...stored, reward_question: question, completions: texts };
  }
}

/** A value of a file, before it is known to be an example. */
interface StoredValue {
  readonly value: Json;
  /** The key that it stands under; null where it stands in a line or a row. */
  readonly key: string | null;
  readonly origin: string;
}

function objectsOf(path: string, form: Form): AsyncIterable<StoredValue> {
  if (form === "keyed") return keyedValues(path);
  return form === "table" ? rowValues(path) : lineValues(path);
}

async function* lineValues(path: string): AsyncIterable<StoredValue> {
  for await (const { value, line } of jsonLines(path)) yield { value, key: null, origin: `${path}:${line}` };
}

async function* rowValues(path: string): AsyncIterable<StoredValue> {
  const kind = tableKind(path);
  const rows =
    kind === ".csv" && (await hasSemicolons(path))
      ? semicolonRows(path)
      : kind === ".csv"
        ? csvRows(path)
        : kind === ".tsv" || kind === ".parquet"
          ? tableRows(path)
          : jsonRows(path);
  for await (const { row, origin } of rows)
    yield { value: row as { [key: string]: Json }, key: null, origin };
}

/** Whether the header of a CSV file has semicolons between its names, and no comma. */
async function hasSemicolons(path: string): Promise<boolean> {
  let head = "";
  for await (const piece of bytesOf(path, 1 << 16)) {
    head += piece.toString("utf8");
    if (head.includes("\n")) break;
  }
  const [header = ""] = head.split(/\r?\n/);
  return header.includes(";") && !header.includes(",");
}

/** The members of one object, one after the other: the file is never held whole. */
async function* keyedValues(path: string): AsyncIterable<StoredValue> {
  let rest: Buffer = Buffer.alloc(0);
  let opened = false;
  for await (const unread of unreadOf(path)) {
    rest = unread.bytes;
    let at: number = opened ? 0 : rest.indexOf("{") + 1;
    opened ||= at > 0;
    for (let member = nextMember(rest, at); member; member = nextMember(rest, at)) {
      const key = parsed(rest, member.keyStart, member.keyEnd, path) as string;
      const origin = `${path}: example ${JSON.stringify(key)}`;
      yield { value: parsed(rest, member.valueStart, member.valueEnd, origin), key, origin };
      at = member.valueEnd;
    }
    unread.read = at;
    rest = rest.subarray(at);
  }
  if (rest.toString("utf8").trim() !== "}") {
    throw inputError(
      `${path}: ends in the middle: expected a comma and another example, or }, found ${JSON.stringify(rest.toString("utf8", 0, 60))}`,
    );
  }
}

/** The next member, after the comma before it. */
function nextMember(bytes: Buffer, from: number) {
  return memberAt(bytes, afterComma(bytes, from));
}

function idOf(record: RawRecord, fallback: string, origin: string): string {
  const id = fieldOf(record, "id");
  if (id === undefined || id === null || id === "") return fallback;
  if (typeof id === "string" || typeof id === "number") return String(id);
  throw inputError(`${origin}: id: expected text or a number, found ${show(id)}`);
}

function requireObject(value: Json, origin: string): { [key: string]: Json } {
  if (isObject(value)) return value;
  throw inputError(`${origin}: expected an example (a JSON object), found ${show(value)}`);
}
