import { stat } from "node:fs/promises";
import { setImmediate } from "node:timers/promises";
import type { Json } from "../../domain/example.js";
import { Shape, type ShapeQuery } from "../../storage/examples/layout.js";
import type { Form } from "./answers.js";
import { type ByteStore, openBytes } from "./bytes.js";
import { ExampleColumns, isRecord } from "./columns.js";
import { entryOf, type JournalEntry, jsonOf, type RecordSpan, recordOfEntries, spansOf } from "./records.js";
import { Search } from "./search.js";

type Record_ = Readonly<Record<string, Json>>;

/** What could not be read: how many records, and where the first one stands. */
export interface Unreadable {
  readonly count: number;
  readonly first: string | null;
}

/** So long may reading go on before others get their turn, in milliseconds: an answer needs many turns. */
const TURN_MS = 2;

/**
 * The examples of one file: small columns in memory, built in the background, and the texts on the disk. A file that grows is read on from where
 * it ended; one that was replaced is read anew.
 */
export class ExampleFile {
  columns = new ExampleColumns();
  private readonly shape: Shape;
  /** Counts up when the file is read anew, from its beginning. */
  generation = 0;
  unreadable: Unreadable = { count: 0, first: null };
  /** Why the file cannot be read at all; null when it can. */
  failure: string | null = null;
  private store: ByteStore | null = null;
  private identity = "";
  private changed = 0;
  private size = 0;
  private reached = 0;
  private number = 0;
  private work: Promise<void> | null = null;
  private begun = 0;
  private closed = false;
  private searches: Search[] = [];

  constructor(
    readonly path: string,
    readonly form: Form,
    private readonly query: ShapeQuery = {},
  ) {
    this.shape = new Shape(query);
  }

  /** Whether the file is read as a whole: no place in it can be told before. */
  private get isWhole(): boolean {
    return this.form === "table" || /\.(gz|zst)$/i.test(this.path);
  }

  /** Whether all of the file, as it was when last looked at, has been read. */
  get complete(): boolean {
    return this.work === null;
  }

  /** For how long it is being read, in milliseconds; null when it is not. */
  get reading(): number | null {
    return this.complete ? null : performance.now() - this.begun;
  }

  /** How much of the file has been read, from 0 to 1; null where it cannot be told, as for compressed files. */
  get share(): number | null {
    if (this.complete) return 1;
    return this.isWhole || this.size === 0 ? null : Math.min(1, this.reached / this.size);
  }

  /** Looks whether the file has changed, and begins to read what is new. */
  async refresh(): Promise<void> {
    if (this.work || this.closed) return;
    const found = await stat(this.path).catch(() => null);
    if (!found || this.work || this.closed) {
      if (!found) this.failure = "the file is gone";
      return;
    }
    const identity = `${found.dev}:${found.ino}`;
    const isSame = identity === this.identity && found.mtimeMs === this.changed && found.size === this.size;
    if (isSame && this.failure === null) return;
    const grows = identity === this.identity && found.size > this.size && this.failure === null;
    const anew = !grows || this.form === "keyed" || this.isWhole;
    this.identity = identity;
    this.changed = found.mtimeMs;
    this.size = found.size;
    this.begun = performance.now();
    this.work = this.readOn(anew)
      .catch((cause: Error) => {
        this.failure = cause.message;
      })
      .finally(() => {
        this.work = null;
      });
  }

  /** Resolves when what has begun is read. */
  async settled(): Promise<void> {
    await this.work;
  }

  /** The record of a row as it stands on the disk; null where it cannot be read any more. */
  async record(row: number): Promise<Record_ | null> {
    return this.readRecord(row).catch(() => null);
  }

  private async readRecord(row: number): Promise<Record_ | null> {
    const { columns, store } = this;
    if (!store) return null;
    const first = jsonOf(await store.read(columns.start[row]!, columns.length[row]!));
    if (this.form !== "journal") return isRecord(first) ? this.shape.canonical(first) : null;
    const second =
      columns.secondLength[row]! > 0
        ? jsonOf(await store.read(columns.secondStart[row]!, columns.secondLength[row]!))
        : undefined;
    const entries = [entryOf(first), entryOf(second)].filter((entry) => entry !== null);
    return entries.length > 0 ? recordOfEntries(entries) : null;
  }

  /** The records of rows [from, …) as far as they fit into one reading, at least one. Consecutive ones are read in one go. */
  async records(from: number, to: number): Promise<(Record_ | null)[]> {
    const { columns, store } = this;
    if (this.form === "journal" || !store) {
      return Promise.all(
        Array.from({ length: Math.min(64, to - from) }, (_, index) => this.record(from + index)),
      );
    }
    const start = columns.start[from]!;
    let last = from;
    while (last + 1 < to && columns.start[last + 1]! + columns.length[last + 1]! - start < 1 << 20) last += 1;
    const bytes = await store.read(start, columns.start[last]! + columns.length[last]! - start);
    const found: (Record_ | null)[] = [];
    for (let row = from; row <= last; row += 1) {
      const at = columns.start[row]! - start;
      const value = jsonOf(bytes.subarray(at, at + columns.length[row]!));
      found.push(isRecord(value) ? this.shape.canonical(value) : null);
    }
    return found;
  }

  /** The search for a text, going on by itself; the last few are kept. */
  search(text: string): Search {
    const wanted = text.toLowerCase();
    let search = this.searches.find((other) => other.text === wanted && other.generation === this.generation);
    if (!search) {
      search = new Search(this, wanted);
      this.searches = [search, ...this.searches].slice(0, 3);
    }
    search.proceed((own) => this.searches[0] === own && !this.closed);
    return search;
  }

  async close(): Promise<void> {
    this.closed = true;
    await this.work?.catch(() => undefined);
    await this.store?.close();
    this.store = null;
  }

  private async readOn(anew: boolean): Promise<void> {
    if (anew) await this.restart();
    this.failure = null;
    let turn = performance.now();
    for await (const spans of spansOf(this.store!, this.form, this.reached)) {
      for (const span of spans) {
        if (this.closed) return;
        this.take(span);
        if (performance.now() - turn > TURN_MS) {
          await setImmediate();
          turn = performance.now();
        }
      }
    }
  }

  private async restart(): Promise<void> {
    const old = this.store;
    this.store = await openBytes(this.path, this.form, this.query);
    await old?.close();
    this.columns = new ExampleColumns();
    this.generation += 1;
    this.unreadable = { count: 0, first: null };
    this.reached = 0;
    this.number = 0;
  }

  private take(span: RecordSpan): void {
    const { bytes } = span;
    const end = span.start + span.length;
    if (bytes && isBlank(bytes)) {
      if (!span.torn) this.reached = end + 1;
      return;
    }
    const value = bytes ? jsonOf(bytes) : undefined;
    const taken =
      isRecord(value) && (this.form === "journal" ? this.addEntry(span, value) : this.add(span, value));
    // What has no end yet is looked at again when the file has grown.
    if (span.torn && !taken && bytes) return;
    this.reached = span.torn ? end : end + 1;
    this.number += 1;
    if (taken) return;
    const { count, first } = this.unreadable;
    const place =
      span.key === null ? `record ${this.number}` : `example ${JSON.stringify(span.key.slice(0, 60))}`;
    const why = bytes ? "" : ", which is too long to be read";
    this.unreadable = { count: count + 1, first: first ?? `${place}${why}` };
    this.columns.version += 1;
  }

  private add(span: RecordSpan, record: Record_): boolean {
    const { id } = record;
    const own = typeof id === "string" || typeof id === "number" ? String(id) : String(this.number);
    this.columns.fill(
      this.columns.add(span.key ?? own, span.start, span.length),
      this.shape.canonical(record),
    );
    return true;
  }

  /** Adds an answer to its example; a later one for the same step takes the earlier one's place. */
  private addEntry(span: RecordSpan, value: Record_): boolean {
    if (typeof value.journal === "number") return true;
    const entry = entryOf(value as Json);
    // Placebos and what else a journal holds are no part of the three texts.
    if (!entry) return true;
    const { columns } = this;
    const known = columns.find(entry.id);
    const row = known ?? columns.add(entry.id, span.start, span.length);
    if (entry.step === "rewrite") {
      columns.start[row] = span.start;
      columns.length[row] = span.length;
    } else {
      columns.secondStart[row] = span.start;
      columns.secondLength[row] = span.length;
    }
    this.fillFrom(row, entry, known !== undefined);
    return true;
  }

  private fillFrom(row: number, entry: JournalEntry, isKnown: boolean): void {
    const { columns } = this;
    const { original } = columns.lengths;
    const kept = isKnown && entry.step === "rewriteOfRewrite" ? original[row]! : -1;
    columns.fill(row, recordOfEntries([entry]));
    if (kept >= 0) original[row] = kept;
  }
}

function isBlank(bytes: Buffer): boolean {
  for (const byte of bytes) if (byte > 0x20) return false;
  return true;
}
