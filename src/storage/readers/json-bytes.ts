import { isUtf8 } from "node:buffer";
import { inputError } from "../../domain/errors.js";
import type { Json } from "../../domain/example.js";
import { parseJsonText } from "./json-text.js";

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
