import { type Json, TEXT_KEYS } from "../domain/example.js";
import { afterComma, memberAt } from "../reading/members.js";
import type { Form } from "./answers.js";
import type { ByteStore } from "./bytes.js";
import { isRecord } from "./columns.js";

/** The place of a record's JSON in a file. */
export interface RecordSpan {
  readonly start: number;
  readonly length: number;
  readonly bytes: Buffer;
  /** The key, in a keyed file. */
  readonly key: string | null;
  /** Whether this is what a file ends with where no line ends: it may still be being written. */
  readonly torn: boolean;
}

const NEWLINE = 10;

/** The records of a file from a place on, as many at a time as are read at once. */
export function spansOf(store: ByteStore, form: Form, from: number): AsyncIterable<RecordSpan[]> {
  return form === "keyed" ? members(store) : lines(store, from);
}

async function* lines(store: ByteStore, from: number): AsyncIterable<RecordSpan[]> {
  let rest: Buffer[] = [];
  let start = from;
  for await (const { bytes: piece } of store.pieces(from)) {
    const spans: RecordSpan[] = [];
    let at = 0;
    for (let end = piece.indexOf(NEWLINE); end >= 0; end = piece.indexOf(NEWLINE, at)) {
      const own = piece.subarray(at, end);
      const bytes = rest.length > 0 ? Buffer.concat([...rest, own]) : own;
      rest = [];
      spans.push({ start, length: bytes.length, bytes, key: null, torn: false });
      start += bytes.length + 1;
      at = end + 1;
    }
    if (at < piece.length) rest.push(piece.subarray(at));
    yield spans;
  }
  const bytes = Buffer.concat(rest);
  if (bytes.length > 0) yield [{ start, length: bytes.length, bytes, key: null, torn: true }];
}

async function* members(store: ByteStore): AsyncIterable<RecordSpan[]> {
  let rest: Buffer = Buffer.alloc(0);
  let start = 0;
  let opened = false;
  // A record longer than a piece is looked for again only when twice as much is there.
  let wanted = 0;
  for await (const { bytes: piece } of store.pieces(0)) {
    rest = rest.length > 0 ? Buffer.concat([rest, piece]) : piece;
    if (rest.length < wanted) continue;
    const spans: RecordSpan[] = [];
    let at: number = opened ? 0 : rest.indexOf("{") + 1;
    opened ||= at > 0;
    for (
      let member = memberAt(rest, afterComma(rest, at));
      member;
      member = memberAt(rest, afterComma(rest, at))
    ) {
      const bytes = rest.subarray(member.valueStart, member.valueEnd);
      const key = jsonOf(rest.subarray(member.keyStart, member.keyEnd));
      spans.push({
        start: start + member.valueStart,
        length: bytes.length,
        bytes,
        key: typeof key === "string" ? key : null,
        torn: false,
      });
      at = member.valueEnd;
    }
    rest = rest.subarray(at);
    start += at;
    wanted = at === 0 ? 2 * rest.length : 0;
    yield spans;
  }
  if (rest.toString("utf8", 0, 100).trim() !== "}" && rest.length > 0)
    yield [{ start, length: rest.length, bytes: rest, key: null, torn: true }];
}

/** The JSON in some bytes; undefined where they hold none. */
export function jsonOf(bytes: Buffer): Json | undefined {
  try {
    return JSON.parse(bytes.toString("utf8").replace(/^\ufeff/, ""));
  } catch {
    return undefined;
  }
}

type Record_ = Readonly<Record<string, Json>>;

/** An answer to a request to rewrite, as a journal notes it. */
export interface JournalEntry {
  readonly id: string;
  readonly step: "rewrite" | "rewriteOfRewrite";
  readonly text: string;
  readonly target: boolean;
  readonly answer: string | null;
  readonly failure: Record_ | null;
}

/** The entry in a journal's line; null for other lines. */
export function entryOf(value: Json | undefined): JournalEntry | null {
  if (!isRecord(value) || !isRecord(value.request) || !isRecord(value.outcome)) return null;
  const { id, step, text, target } = value.request;
  const { outcome } = value;
  if (typeof id !== "string" || typeof text !== "string" || typeof target !== "boolean") return null;
  if (step !== "rewrite" && step !== "rewriteOfRewrite") return null;
  const answer = outcome.status === "ok" && typeof outcome.text === "string" ? outcome.text : null;
  const failure =
    answer === null ? { step, reason: outcome.reason ?? "failed", detail: outcome.detail ?? null } : null;
  return { id, step, text, target, answer, failure };
}

/** The example that a journal's answers make so far. */
export function recordOfEntries(entries: readonly JournalEntry[]): Record_ {
  const texts: Record<string, string> = {};
  let treated: boolean | null = null;
  let failure: Record_ | null = null;
  for (const { step, text, target, answer, failure: own } of entries) {
    treated = step === "rewrite" ? !target : target;
    texts[TEXT_KEYS[step === "rewrite" ? "original" : "rewrite"]] = text;
    if (answer !== null) texts[TEXT_KEYS[step]] = answer;
    failure = own;
  }
  return {
    id: entries[0]!.id,
    ...(treated !== null && { w_original: treated }),
    completions: texts,
    ...(failure && { failure: failure as { [key: string]: Json } }),
  };
}
