import { isUtf8 } from "node:buffer";
import { inputError } from "../../domain/errors.js";
import { type Json, PLACEBO_KEY, TEXT_KEYS } from "../../domain/example.js";
import { parseJsonText } from "../readers/json-text.js";
import { afterComma, memberAt } from "../readers/members.js";
import { bytesOf, jsonLines, unreadOf } from "./lines.js";

/** An object of a rewrites or scored file, before anything is known of its fields. */
export interface StoredRecord {
  readonly id: string;
  readonly record: Readonly<Record<string, Json>>;
  /** File and line, or file and key, for messages. */
  readonly origin: string;
}

/** An example of a rewrites or scored file whose texts have been checked. */
export interface StoredExample extends StoredRecord {
  readonly reward_question: string;
  /** Texts by their keys in files; one that is missing has failed. */
  readonly completions: Readonly<Record<string, string>>;
}

/**
 * The objects of a rewrites or scored file, whether it holds one a line or is one object keyed by id. Lines without an id have their number,
 * from 0. Throws with file and line on what is not an object, and on ids that stand twice.
 */
export async function* readRecords(path: string): AsyncIterable<StoredRecord> {
  const seen = new Set<string>();
  const records = (await isKeyed(path)) ? keyedRecords(path) : lineRecords(path);
  for await (const record of records) {
    if (seen.has(record.id)) {
      throw inputError(
        `${record.origin}: the id ${JSON.stringify(record.id)} stands a second time; ids must be unique`,
      );
    }
    seen.add(record.id);
    yield record;
  }
}

/** The examples of a rewrites or scored file. */
export async function* readStored(path: string): AsyncIterable<StoredExample> {
  for await (const { id, record, origin } of readRecords(path)) {
    const question = record.reward_question;
    if (typeof question !== "string")
      throw inputError(`${origin}: reward_question: expected text, found ${show(question)}`);
    const { completions } = record;
    if (!isObject(completions))
      throw inputError(`${origin}: completions: expected an object, found ${show(completions)}`);
    const texts: Record<string, string> = {};
    for (const key of [...Object.values(TEXT_KEYS), PLACEBO_KEY]) {
      const text = completions[key];
      if (text === undefined || text === null) continue;
      if (typeof text !== "string")
        throw inputError(`${origin}: completions.${key}: expected text, found ${show(text)}`);
      texts[key] = text;
    }
    yield { id, record, origin, reward_question: question, completions: texts };
  }
}

async function* lineRecords(path: string): AsyncIterable<StoredRecord> {
  let number = 0;
  for await (const { value, line } of jsonLines(path)) {
    const origin = `${path}:${line}`;
    const record = requireObject(value, origin);
    yield { id: idOf(record, String(number), origin), record, origin };
    number += 1;
  }
}

/** The members of one object, one after the other: the file is never held whole. */
async function* keyedRecords(path: string): AsyncIterable<StoredRecord> {
  let rest: Buffer = Buffer.alloc(0);
  let opened = false;
  for await (const unread of unreadOf(path)) {
    rest = unread.bytes;
    let at: number = opened ? 0 : rest.indexOf("{") + 1;
    opened ||= at > 0;
    for (let member = nextMember(rest, at); member; member = nextMember(rest, at)) {
      const id = parsed(rest, member.keyStart, member.keyEnd, path) as string;
      const origin = `${path}: example ${JSON.stringify(id)}`;
      yield {
        id,
        record: requireObject(parsed(rest, member.valueStart, member.valueEnd, origin), origin),
        origin,
      };
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

/** The JSON value in a span of bytes. */
export function parsed(bytes: Buffer, start: number, end: number, origin: string): Json {
  if (!isUtf8(bytes.subarray(start, end))) throw inputError(`${origin}: is not UTF-8; convert the file`);
  const text = bytes.toString("utf8", start, end);
  try {
    return parseJsonText(text);
  } catch (cause) {
    throw inputError(
      `${origin}: is not JSON (${(cause as Error).message}); it begins ${JSON.stringify(text.slice(0, 60))}`,
      cause,
    );
  }
}

/** Enough for most first lines. */
const FIRST_READ = 1 << 16;

/** A first line that is longer is not parsed: the file's name decides. */
const LONGEST_FIRST = 32 << 20;

/** Whether a file is one object keyed by id; its first line that is not blank tells. */
export async function isKeyed(path: string): Promise<boolean> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const piece of bytesOf(path, FIRST_READ)) {
    parts.push(piece);
    length += piece.length;
    if (length > LONGEST_FIRST) break;
    if (!piece.includes("\n")) continue;
    const text = Buffer.concat(parts).toString().trimStart();
    if (text.includes("\n")) return looksKeyed(text.slice(0, text.indexOf("\n")), path);
  }
  const text = Buffer.concat(parts).toString().trim();
  return text !== "" && looksKeyed(text, path);
}

function looksKeyed(firstLine: string, path: string): boolean {
  try {
    const first: Json = JSON.parse(firstLine);
    if (!isObject(first)) return false;
    if (Object.keys(first).length === 0) return /\.json(\.gz|\.zst)?$/i.test(path);
    return Object.values(first).every((value) => isObject(value) && "completions" in value);
  } catch {
    // An object over several lines, or a broken line: the file's name decides which.
    return firstLine.trim() === "{" || /\.json(\.gz|\.zst)?$/i.test(path);
  }
}

function idOf(record: Readonly<Record<string, Json>>, fallback: string, origin: string): string {
  const { id } = record;
  if (id === undefined || id === null) return fallback;
  if (typeof id === "string" || typeof id === "number") return String(id);
  throw inputError(`${origin}: id: expected text or a number, found ${show(id)}`);
}

function requireObject(value: Json, origin: string): Record<string, Json> {
  if (isObject(value)) return value;
  throw inputError(`${origin}: expected an example (a JSON object), found ${show(value)}`);
}

export function isObject(value: Json | undefined): value is Record<string, Json> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A value as messages show it. */
export function show(value: Json | undefined): string {
  return value === undefined ? "nothing" : jsonText(value).slice(0, 60);
}

/** A value's JSON, or words in its place when it is nested so deep that it has none. */
export function jsonText(value: Json): string {
  try {
    return JSON.stringify(value);
  } catch {
    return `${Array.isArray(value) ? "a list" : "an object"} nested too deep to be shown`;
  }
}
