import { type Json, TEXT_KEYS } from "../../domain/example.js";
import { LONGEST_LINE } from "../../storage/examples/lines.js";
import { parseJsonText } from "../../storage/readers/json-text.js";
import { afterComma, memberAt } from "../../storage/readers/members.js";
import type { Form } from "./answers.js";
import type { ByteStore } from "./bytes.js";
import { isRecord } from "./columns.js";

/** The place of a record's JSON in a file. */
export interface RecordSpan {
  readonly start: number;
  readonly length: number;
  /** Null where there are more than are read. */
  readonly bytes: Buffer | null;
  /** The key, in a keyed file. */
  readonly key: string | null;
  /** Whether this is what a file ends with where no line ends: it may still be being written. */
  readonly torn: boolean;
}

const NEWLINE = 10;

/** The records of a file from a place on, as many at a time as are read at once. None after one that is too long in a keyed file, where no line tells its end. */
export function spansOf(
  store: ByteStore,
  form: Form,
  from: number,
  longest = LONGEST_LINE,
): AsyncIterable<RecordSpan[]> {
  return form === "keyed" ? members(store, longest / 2) : lines(store, from, longest);
}

async function* lines(store: ByteStore, from: number, longest: number): AsyncIterable<RecordSpan[]> {
  const rest = new Rest(longest);
  let start = from;
  for await (const { bytes: piece } of store.pieces(from)) {
    const spans: RecordSpan[] = [];
    let at = 0;
    for (let end = piece.indexOf(NEWLINE); end >= 0; end = piece.indexOf(NEWLINE, at)) {
      rest.keep(piece.subarray(at, end));
      const { bytes, length } = rest.take();
      spans.push({ start, length, bytes, key: null, torn: false });
      start += length + 1;
      at = end + 1;
    }
    rest.keep(piece.subarray(at));
    yield spans;
  }
  const { bytes, length } = rest.take();
  if (length > 0) yield [{ start, length, bytes, key: null, torn: true }];
}

/** What has been read of a record whose end has not; no more is held than a record may be long. */
class Rest {
  private parts: Buffer[] = [];
  length = 0;

  constructor(private readonly longest: number) {}

  get isTooLong(): boolean {
    return this.length > this.longest;
  }

  keep(part: Buffer): void {
    this.length += part.length;
    if (this.isTooLong) this.parts = [];
    else if (part.length > 0) this.parts.push(part);
  }

  /** It, and then there is none any more. */
  take(): { readonly bytes: Buffer | null; readonly length: number } {
    const whole = this.parts.length === 1 ? this.parts[0]! : Buffer.concat(this.parts);
    const found = { bytes: this.isTooLong ? null : whole, length: this.length };
    this.parts = [];
    this.length = 0;
    return found;
  }
}

async function* members(store: ByteStore, longest: number): AsyncIterable<RecordSpan[]> {
  const rest = new Rest(longest);
  let start = 0;
  let opened = false;
  // A record longer than a piece is looked for again only when twice as much is there.
  let wanted = 0;
  const whole = (held: Buffer): RecordSpan[] => {
    const spans: RecordSpan[] = [];
    let at: number = opened ? 0 : held.indexOf("{") + 1;
    opened ||= at > 0;
    for (
      let member = memberAt(held, afterComma(held, at));
      member;
      member = memberAt(held, afterComma(held, at))
    ) {
      const bytes = held.subarray(member.valueStart, member.valueEnd);
      const key = jsonOf(held.subarray(member.keyStart, member.keyEnd));
      spans.push({
        start: start + member.valueStart,
        length: bytes.length,
        bytes,
        key: typeof key === "string" ? key : null,
        torn: false,
      });
      at = member.valueEnd;
    }
    rest.keep(held.subarray(at));
    start += at;
    wanted = at === 0 ? 2 * held.length : 0;
    return spans;
  };
  for await (const { bytes: piece } of store.pieces(0)) {
    rest.keep(piece);
    if (rest.length < wanted && !rest.isTooLong) continue;
    const { bytes: held, length } = rest.take();
    if (held === null) return yield [{ start, length, bytes: null, key: null, torn: true }];
    yield whole(held);
  }
  const { bytes: held } = rest.take();
  if (held !== null) yield whole(held);
  const { bytes, length } = rest.take();
  if (length > 0 && bytes?.toString("utf8", 0, 100).trim() !== "}")
    yield [{ start, length, bytes, key: null, torn: true }];
}

/** The JSON in some bytes; undefined where they hold none. */
export function jsonOf(bytes: Buffer): Json | undefined {
  try {
    return parseJsonText(bytes.toString("utf8").replace(/^\ufeff/, ""));
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
    ...(failure && { rewrite_failure: failure as { [key: string]: Json } }),
  };
}
