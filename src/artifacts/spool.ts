import { type FileHandle, mkdtemp, open, rmdir, unlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { workError } from "../domain/errors.js";
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

  private constructor(private readonly handle: FileHandle) {}

  static async open<Entry>(): Promise<Spool<Entry>> {
    try {
      const folder = await mkdtemp(join(tmpdir(), "rate-"));
      const path = join(folder, "spool");
      const handle = await open(path, "wx+", 0o600);
      await unlink(path);
      await rmdir(folder);
      return new Spool<Entry>(handle);
    } catch (cause) {
      throw scratchError(cause);
    }
  }

  /** How many entries there are. */
  get count(): number {
    return this.size;
  }

  async add(entry: Entry): Promise<void> {
    this.size += 1;
    this.buffer += `${JSON.stringify(entry)}\n`;
    if (this.buffer.length >= WRITE_BUFFER) await this.flush();
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

function scratchError(cause: unknown): Error {
  return workError(
    `${tmpdir()}: no scratch file can be kept there (${(cause as Error).message}); make room, or set TMPDIR to another folder`,
    cause,
  );
}
