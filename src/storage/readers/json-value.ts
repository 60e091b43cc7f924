import { isUtf8 } from "node:buffer";
import { inputError } from "../../domain/errors.js";
import type { Json } from "../../domain/example.js";
import { parseJsonText } from "./json-text.js";

export function isObject(value: Json | undefined): value is { [key: string]: Json } {
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
