import { createReadStream } from "node:fs";
import { type FileHandle, mkdir, open, rm, stat, truncate } from "node:fs/promises";
import { dirname } from "node:path";
import { inputError, workError } from "../domain/errors.js";
import type { AppendLog } from "../domain/rewriter.js";

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

  private constructor(
    readonly path: string,
    private readonly handle: FileHandle,
  ) {}

  /**
   * Opens the journal at `path`, creating it when absent. Throws when the file belongs to other work (its `purpose` differs),
   * comes from a newer version, or is not a journal.
   */
  static async open<Entry>(path: string, purpose: string): Promise<Journal<Entry>> {
    await mkdir(dirname(path), { recursive: true });
    await cutTornLine(path);
    const handle = await open(path, "a", 0o600);
    const journal = new Journal<Entry>(path, handle);
    if ((await handle.stat()).size === 0) {
      await journal.write(`${JSON.stringify({ journal: JOURNAL_VERSION, purpose })}\n`);
    } else {
      const header = await readHeader(path);
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
    for await (const [line, text] of linesOf(this.path)) {
      if (line === 1) continue;
      try {
        yield JSON.parse(text) as Entry;
      } catch (cause) {
        throw inputError(
          `${this.path}:${line}: is not JSON; the journal was changed by something else`,
          cause,
        );
      }
    }
  }

  /** Resolves when the entry is on the disk. */
  append(entry: Entry): Promise<void> {
    if (!this.batch) {
      const batch: Batch = { lines: "", written: Promise.resolve() };
      batch.written = this.last.then(() => {
        this.batch = null;
        return this.write(batch.lines);
      });
      this.last = batch.written.catch(() => undefined);
      this.batch = batch;
    }
    this.batch.lines += `${JSON.stringify(entry)}\n`;
    return this.batch.written;
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
    try {
      await this.handle.appendFile(lines);
      await this.handle.datasync();
    } catch (cause) {
      throw workError(`${this.path}: cannot be written (${(cause as Error).message})`, cause);
    }
  }
}

/** Lines that share one write and one flush. */
interface Batch {
  lines: string;
  written: Promise<void>;
}

/** Whole lines, split at line feeds alone: answers may hold other characters that end lines elsewhere, such as U+2028. */
async function* linesOf(path: string): AsyncIterable<[line: number, text: string]> {
  let line = 0;
  let rest: Buffer = Buffer.alloc(0);
  for await (const piece of createReadStream(path)) {
    const bytes = rest.length > 0 ? Buffer.concat([rest, piece]) : (piece as Buffer);
    let start = 0;
    for (let end = bytes.indexOf(LINE_FEED); end >= 0; end = bytes.indexOf(LINE_FEED, start)) {
      line += 1;
      yield [line, bytes.toString("utf8", start, end)];
      start = end + 1;
    }
    rest = bytes.subarray(start);
  }
}

const LINE_FEED = 10;

/**
 * The entries of a journal that is not written to any more, or by another process; null when the file is none, or its purpose is not wanted. A line
 * torn at the end is passed over.
 */
export async function readJournal<Entry>(
  path: string,
  wanted: (purpose: string) => boolean,
): Promise<AsyncIterable<Entry> | null> {
  const header = await readHeader(path).catch(() => null);
  if (!header || !wanted(header.purpose)) return null;
  return (async function* () {
    for await (const [line, text] of linesOf(path)) if (line > 1) yield JSON.parse(text) as Entry;
  })();
}

async function readHeader(path: string): Promise<{ purpose: string }> {
  for await (const [, text] of linesOf(path)) {
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
