import { type FileHandle, open, rm, stat, truncate } from "node:fs/promises";
import { dirname } from "node:path";
import { inputError } from "../../domain/errors.js";
import type { AppendLog, Place } from "../../domain/rewriter.js";
import { cannotWrite, makeFolder } from "./files.js";
import { fromStoredNames, toStoredNames } from "./journal-names.js";
import { type Line, readLines } from "./lines.js";

/** Raised when the meaning of a line changes; a journal written by a newer version is refused. */
const JOURNAL_VERSION = 1;

/**
 * An append-only JSONL file that survives a killed process. The first line says what the journal is for; a torn last
 * line (the process died while writing it) is cut off on opening. Appends that arrive together share one disk flush.
 */
export class Journal<Entry> implements AppendLog<Entry> {
  /** Lines waiting for the write in progress to end. */
  private batch: Batch | null = null;
  private last: Promise<unknown> = Promise.resolve();
  /** Why nothing more can be written. */
  private broken: Error | null = null;

  private constructor(
    readonly path: string,
    private readonly handle: FileHandle,
    /** Where the next line will begin. */
    private end: number,
  ) {}

  /**
   * Opens the journal at `path`, creating it when absent. Throws when the file belongs to other work (its `purpose` differs),
   * comes from a newer version, or is not a journal.
   */
  static async open<Entry>(path: string, purpose: string): Promise<Journal<Entry>> {
    const handle = await openForAppending(path).catch((cause) => {
      throw cannotWrite(path, cause);
    });
    const journal = new Journal<Entry>(path, handle, (await handle.stat()).size);
    if (journal.end === 0) {
      const header = `${JSON.stringify({ journal: JOURNAL_VERSION, purpose })}\n`;
      journal.end = Buffer.byteLength(header);
      await journal.write(header);
    } else {
      const header = await readHeader(path, handle).catch(async (cause) => {
        await handle.close();
        throw cause;
      });
      if (header.purpose !== purpose) {
        await handle.close();
        throw inputError(
          `${path}: is the journal of other work (${header.purpose}); move it away to start anew`,
        );
      }
    }
    return journal;
  }

  /** Entries in the order of their appending, read from the disk. */
  async *entries(): AsyncIterable<Entry> {
    for await (const [entry] of this.placed()) yield entry;
  }

  async *placed(): AsyncIterable<[entry: Entry, place: Place]> {
    for await (const line of readLines(this.handle))
      if (line.number > 1) yield [parseEntry(this.path, line), placeOf(line)];
  }

  read(place: Place): Promise<Entry> {
    return readEntry(this.path, this.handle, place);
  }

  async append(entry: Entry): Promise<Place> {
    if (!this.batch) {
      const batch: Batch = { lines: "", written: Promise.resolve() };
      batch.written = this.last.then(() => {
        this.batch = null;
        return this.write(batch.lines);
      });
      this.last = batch.written.catch(() => undefined);
      this.batch = batch;
    }
    const line = `${JSON.stringify(toStoredNames(entry))}\n`;
    const place = { at: this.end, length: Buffer.byteLength(line) - 1 };
    this.end += place.length + 1;
    this.batch.lines += line;
    await this.batch.written;
    return place;
  }

  async close(): Promise<void> {
    await this.last;
    await this.handle.close();
  }

  /** Closes and deletes the journal: what it protected is safe elsewhere. */
  async remove(): Promise<void> {
    await this.close();
    await rm(this.path, { force: true });
  }

  private async write(lines: string): Promise<void> {
    if (this.broken) throw this.broken;
    const { size } = await this.handle.stat();
    try {
      await this.handle.appendFile(lines);
      await this.handle.datasync();
    } catch (cause) {
      this.broken = cannotWrite(this.path, cause);
      // Half a line (the disk is full) must not have whole ones after it.
      await this.handle.truncate(size).catch(() => undefined);
      throw this.broken;
    }
  }
}

/** Lines that share one write and one flush. */
interface Batch {
  lines: string;
  written: Promise<void>;
}

const LINE_FEED = 10;

/** The journal of other work, or of another process. */
export interface ForeignJournal<Entry> {
  /** All entries with their places; a line torn at the end is passed over. */
  placed(): AsyncIterable<[entry: Entry, place: Place]>;
  read(place: Place): Promise<Entry>;
}

/** A journal that is not written to any more, or by another process; null when the file is none, or its purpose is not wanted. */
export async function openForeign<Entry>(
  path: string,
  wanted: (purpose: string) => boolean,
): Promise<ForeignJournal<Entry> | null> {
  const use = async <Result>(work: (handle: FileHandle) => Promise<Result>): Promise<Result> => {
    const handle = await open(path, "r");
    try {
      return await work(handle);
    } finally {
      await handle.close();
    }
  };
  const header = await use((handle) => readHeader(path, handle)).catch(() => null);
  if (!header || !wanted(header.purpose)) return null;
  return {
    async *placed() {
      const handle = await open(path, "r");
      try {
        for await (const line of readLines(handle))
          if (line.number > 1) yield [parseEntry<Entry>(path, line), placeOf(line)];
      } finally {
        await handle.close();
      }
    },
    read: (place) => use((handle) => readEntry<Entry>(path, handle, place)),
  };
}

function placeOf({ at, length }: Line): Place {
  return { at, length };
}

function parseEntry<Entry>(path: string, { number, text }: Pick<Line, "number" | "text">): Entry {
  try {
    return fromStoredNames(JSON.parse(text)) as Entry;
  } catch (cause) {
    throw inputError(`${path}:${number}: is not JSON; the journal was changed by something else`, cause);
  }
}

async function readEntry<Entry>(path: string, handle: FileHandle, { at, length }: Place): Promise<Entry> {
  const bytes = Buffer.allocUnsafe(length);
  const { bytesRead } = await handle.read(bytes, 0, length, at);
  try {
    return fromStoredNames(JSON.parse(bytes.toString("utf8", 0, bytesRead))) as Entry;
  } catch (cause) {
    throw inputError(
      `${path}: byte ${at}: is not what was written there; the journal was changed by something else`,
      cause,
    );
  }
}

async function readHeader(path: string, handle: FileHandle): Promise<{ purpose: string }> {
  for await (const { text } of readLines(handle)) {
    let header: { journal?: unknown; purpose?: unknown } | null = null;
    try {
      header = JSON.parse(text);
    } catch {
      // Not a journal: said below.
    }
    if (typeof header?.journal !== "number" || typeof header.purpose !== "string") {
      throw inputError(`${path}:1: is not a journal of rate; move the file away to start anew`);
    }
    if (header.journal > JOURNAL_VERSION) {
      throw inputError(
        `${path}: was written by a newer rate (journal version ${header.journal}, this one reads up to ${JOURNAL_VERSION}); update rate`,
      );
    }
    return { purpose: header.purpose };
  }
  throw inputError(`${path}: is empty`);
}

async function openForAppending(path: string): Promise<FileHandle> {
  await makeFolder(dirname(path));
  await cutTornLine(path);
  return open(path, "a+", 0o600);
}

/** Cuts off what follows the last line feed: the part of a line that a killed process left behind. */
async function cutTornLine(path: string): Promise<void> {
  const size = await stat(path).then(
    (found) => found.size,
    () => 0,
  );
  if (size === 0) return;
  const handle = await open(path, "r");
  try {
    const chunk = Buffer.alloc(65_536);
    for (let end = size; end > 0; end -= chunk.length) {
      const start = Math.max(0, end - chunk.length);
      const { bytesRead } = await handle.read(chunk, 0, end - start, start);
      const feed = chunk.subarray(0, bytesRead).lastIndexOf(LINE_FEED);
      if (feed >= 0) {
        if (start + feed + 1 < size) await truncate(path, start + feed + 1);
        return;
      }
    }
    await truncate(path, 0);
  } finally {
    await handle.close();
  }
}
