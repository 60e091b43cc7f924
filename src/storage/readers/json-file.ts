import type { z } from "zod";
import { inputError, RateError } from "../../domain/errors.js";
import { afterComma, elementAt, memberAt } from "./members.js";
import { readSmall, type SmallFile } from "./small-file.js";

/** A small file's JSON, with what it takes to say where in it a fault stands. */
export interface JsonFile {
  readonly path: string;
  readonly kind: SmallFile;
  readonly text: string;
  readonly value: unknown;
}

/** Faults that one message names. */
const MOST_FAULTS = 5;

/** Reads a small file of JSON. Throws with the file, and the line where the parser tells it, on what is none. */
export async function readJson(path: string, kind: SmallFile): Promise<JsonFile> {
  const text = await readSmall(path, kind);
  try {
    return { path, kind, text, value: JSON.parse(text) };
  } catch (cause) {
    const { message } = cause as Error;
    const at = /at position (\d+)/.exec(message)?.[1] ?? (/end of JSON/.test(message) ? text.length : null);
    const place = at === null ? path : `${path}:${lineAfter(text.slice(0, Number(at)))}`;
    throw inputError(`${place}: is not ${kind.what} (${message}); ${kind.advice}`, cause);
  }
}

/** What a file holds, or the value at `within` in it, checked against a schema. Throws with the file, the line and the fields that are wrong. */
export function checked<Value>(
  { path, kind, text, value }: JsonFile,
  schema: z.ZodType<Value>,
  within: readonly PropertyKey[] = [],
): Value {
  const parsed = schema.safeParse(
    within.reduce((outer, key) => (outer as Record<PropertyKey, unknown>)[key], value),
  );
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues
    .slice(0, MOST_FAULTS)
    .map((issue) => ({ field: [...within, ...issue.path], message: issue.message }));
  const line = lineAfter(textBefore(text, faults[0]!.field));
  const said = faults.map(({ field, message }) => `${field.join(".") || "the file"}: ${message}`);
  throw inputError(`${path}:${line}: is not ${kind.what} (${said.join("; ")}); ${kind.advice}`);
}

/** Told of what is wrong with a file that is passed over. */
export type OnInvalid = (error: RateError) => void;

/** What the files hold that are what they should be; the others are passed over. */
export async function readValid<Kind>(
  paths: readonly string[],
  read: (path: string) => Promise<Kind>,
  onInvalid: OnInvalid,
): Promise<Kind[]> {
  const found: Kind[] = [];
  for (const path of paths) {
    try {
      found.push(await read(path));
    } catch (error) {
      if (!(error instanceof RateError)) throw error;
      onInvalid(error);
    }
  }
  return found;
}

/** The number, from 1, of the line that a text ends in. */
function lineAfter(text: string): number {
  return text.split("\n").length;
}

/** What stands in a text of JSON before the value of a field, or before the innermost one around it that is there. */
function textBefore(text: string, field: readonly PropertyKey[]): string {
  const bytes = Buffer.from(text);
  let at = afterComma(bytes, 0);
  for (const key of field) {
    const inner = innerAt(bytes, at, key);
    if (inner === null) break;
    at = inner;
  }
  return bytes.toString("utf8", 0, at);
}

const [OPEN_BRACE, OPEN_BRACKET] = [0x7b, 0x5b];

/** Where the object or list that begins at `from` has the value of a key; of members that stand twice the last, as the parser takes it. */
function innerAt(bytes: Buffer, from: number, key: PropertyKey): number | null {
  let at = afterComma(bytes, from + 1);
  if (bytes[from] === OPEN_BRACKET) {
    for (let index = 0; ; index += 1) {
      const element = elementAt(bytes, at);
      if (element === null) return null;
      if (index === key) return element.valueStart;
      at = afterComma(bytes, element.valueEnd);
    }
  }
  if (bytes[from] !== OPEN_BRACE) return null;
  let found: number | null = null;
  for (let member = memberAt(bytes, at); member; member = memberAt(bytes, at)) {
    if (JSON.parse(bytes.toString("utf8", member.keyStart, member.keyEnd)) === key) found = member.valueStart;
    at = afterComma(bytes, member.valueEnd);
  }
  return found;
}
