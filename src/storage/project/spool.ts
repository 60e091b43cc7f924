import { constants, type FileHandle, mkdtemp, open, rmdir, unlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { workError } from "../../domain/errors.js";
import type { Place } from "../../domain/rewriter.js";
import { readLines } from "./lines.js";

/** Characters gathered before they are handed to the disk. */
const WRITE_BUFFER = 1 << 20;

/**
 * Entries that would be too much for the memory, in a scratch file (`TMPDIR`). The file has no name from its beginning, so that it is gone with the process, however
 * that ends.
 */
export class Spool<Entry> implements AsyncIterable<Entry> {
  private size = 0;
  private buffer = "";
  /** Where the next line will begin, in bytes. */
  private end = 0;

  private constructor(private readonly handle: FileHandle) {}

  static async open<Entry>(): Promise<Spool<Entry>> {
    try {
      return new Spool<Entry>(await openNameless(tmpdir()));
    } catch (cause) {
      throw scratchError(cause);
    }
  }

  /** How many entries there are. */
  get count(): number {
    return this.size;
  }

  async add(entry: Entry): Promise<Place> {
    const line = `${JSON.stringify(entry)}\n`;
    const place = { at: this.end, length: Buffer.byteLength(line) - 1 };
    this.size += 1;
    this.end += place.length + 1;
    this.buffer += line;
    if (this.buffer.length >= WRITE_BUFFER) await this.flush();
    return place;
  }

  /** An entry again. */
  async read({ at, length }: Place): Promise<Entry> {
    await this.flush();
    const bytes = Buffer.allocUnsafe(length);
    await this.handle.read(bytes, 0, length, at);
    return JSON.parse(bytes.toString("utf8")) as Entry;
  }

  /** The entries in the order of their adding; any number of readers at once. */
  async *[Symbol.asyncIterator](): AsyncIterator<Entry> {
    await this.flush();
    for await (const { text } of readLines(this.handle)) yield JSON.parse(text) as Entry;
  }

  close(): Promise<void> {
    return this.handle.close();
  }

  private async flush(): Promise<void> {
    const lines = this.buffer;
    this.buffer = "";
    if (lines === "") return;
    await this.handle.appendFile(lines).catch((cause) => {
      throw scratchError(cause);
    });
  }
}

/** Linux's O_TMPFILE, which Node.js does not name: a file in a folder that never has a name. */
const TEMPORARY = 0o20000000 | constants.O_DIRECTORY | constants.O_RDWR;

async function openNameless(folder: string): Promise<FileHandle> {
  const handle = await open(folder, TEMPORARY, 0o600).catch(() => null);
  if (handle) return handle;
  // A file system or another system that has no such files: a name that lasts a moment.
  const own = await mkdtemp(join(folder, "rate-"));
  const path = join(own, "spool");
  const named = await open(path, "wx+", 0o600);
  await unlink(path);
  await rmdir(own);
  return named;
}

function scratchError(cause: unknown): Error {
  return workError(
    `${tmpdir()}: no scratch file can be kept there (${(cause as Error).message}); make room, or set TMPDIR to another folder`,
    cause,
  );
}
