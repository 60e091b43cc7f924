import { createReadStream } from "node:fs";
import { inputError } from "../../domain/errors.js";

/** A kind of file that is small, so that it is read whole. */
export interface SmallFile {
  /** What errors call it, with its article: `a configuration`. */
  readonly what: string;
  /** Bytes; what is larger is something else. */
  readonly most: number;
  /** What to do about one that cannot be read, or is something else. */
  readonly advice: string;
}

/** A small file's text, without a byte order mark. Throws, with its name, when it cannot be read or is too large. */
export async function readSmall(path: string, { what, most, advice }: SmallFile): Promise<string> {
  const parts: Buffer[] = [];
  let size = 0;
  try {
    for await (const part of createReadStream(path) as AsyncIterable<Buffer>) {
      size += part.length;
      if (size > most) throw new Error(`more than ${most >> 20} MiB are too many for ${what}`);
      parts.push(part);
    }
  } catch (cause) {
    throw inputError(`${path}: cannot be read (${(cause as Error).message}); ${advice}`, cause);
  }
  return Buffer.concat(parts)
    .toString("utf8")
    .replace(/^\ufeff/, "");
}
