import { stat } from "node:fs/promises";
import { inputError } from "../../domain/errors.js";
import type { Json } from "../../domain/example.js";
import { parseJsonText } from "../readers/json-text.js";
import { isObject } from "../readers/json-value.js";
import { afterComma, memberAt } from "../readers/members.js";
import { tableKind } from "../readers/tables/index.js";
import type { Shape } from "./layout.js";
import { bytesOf } from "./lines.js";

/**
 * How a file holds its examples: an object in each line, one object keyed by id, or a table of rows (a JSON list, CSV, TSV, Parquet). What it begins with
 * tells, not its name, but where the two forms of JSON look alike.
 */
export type Form = "lines" | "keyed" | "table";

/** Enough for most first lines. */
const FIRST_READ = 1 << 16;
/** A first line that is longer is not parsed: the file's name decides. */
const LONGEST_FIRST = 32 << 20;
const PARQUET = "PAR1";
const NAMED_JSON = /\.json(\.gz|\.zst)?$/i;

export async function formOf(path: string, shape: Shape): Promise<Form> {
  const kind = tableKind(path);
  if (kind === ".parquet") return "table";
  const first = await firstLine(path);
  requireEightBits(first.bytes, path);
  const text = first.bytes.toString("utf8").trimStart();
  if (text.startsWith(PARQUET))
    throw inputError(`${path}: is a Parquet file; give it a name that ends in .parquet`);
  if (text[0] === "[") return "table";
  if (text[0] !== "{") {
    if (kind === ".csv" || kind === ".tsv") return "table";
    return "lines";
  }
  if (first.isTooLong) return NAMED_JSON.test(path) ? "keyed" : "lines";
  return formOfObjects(text, first.isAlone, shape, path);
}

interface FirstLine {
  /** The first line that is not blank, and what has been read behind it. */
  readonly bytes: Buffer;
  /** Whether nothing but blanks is behind it. */
  readonly isAlone: boolean;
  readonly isTooLong: boolean;
}

async function firstLine(path: string): Promise<FirstLine> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const piece of bytesOf(path, FIRST_READ)) {
    parts.push(piece);
    length += piece.length;
    if (length > LONGEST_FIRST) return { bytes: Buffer.concat(parts), isAlone: false, isTooLong: true };
    if (!piece.includes("\n")) continue;
    const bytes = Buffer.concat(parts);
    const text = bytes.toString("utf8").trimStart();
    const end = text.indexOf("\n");
    if (end >= 0 && text.slice(end).trim() !== "") return { bytes, isAlone: false, isTooLong: false };
  }
  return { bytes: Buffer.concat(parts), isAlone: true, isTooLong: false };
}

/** Throws where a file is in UTF-16, as some spreadsheets save text, and says what to do. */
function requireEightBits(bytes: Buffer, path: string): void {
  const head = bytes.subarray(0, 64);
  const marked = (head[0] === 0xff && head[1] === 0xfe) || (head[0] === 0xfe && head[1] === 0xff);
  const zeros = head.filter((byte) => byte === 0).length;
  if (marked || (head.length >= 4 && zeros >= head.length / 4))
    throw inputError(
      `${path}: is in UTF-16; save it as UTF-8 (iconv -f UTF-16 -t UTF-8 ${path} > utf8-${path.split("/").at(-1)})`,
    );
}

/** The form of a file that begins with an object. */
function formOfObjects(text: string, isAlone: boolean, shape: Shape, path: string): Form {
  const end = text.indexOf("\n");
  const line = end < 0 ? text : text.slice(0, end);
  const first = parsedOrNull(line);
  if (isObject(first)) {
    if (!isAlone) return "lines";
    if (Object.keys(first).length === 0) return NAMED_JSON.test(path) ? "keyed" : "lines";
    const isKeyed = shape.expanded(first)[0]!.id !== null;
    if (isKeyed) return "keyed";
    return NAMED_JSON.test(path) && isTable(first) ? "table" : "lines";
  }
  // An object over several lines, or a broken line.
  const bytes = Buffer.from(text);
  const member = memberAt(bytes, afterComma(bytes, 1));
  const value = member && parsedOrNull(bytes.toString("utf8", member.valueStart, member.valueEnd));
  if (value !== null && !shape.looksLikeRecord(value) && (isObject(value) || Array.isArray(value)))
    return line.trim() === "{" || NAMED_JSON.test(path) ? (isColumn(value) ? "table" : "keyed") : "lines";
  return line.trim() === "{" || NAMED_JSON.test(path) ? "keyed" : "lines";
}

/** Whether an object is a table by its columns, as pandas writes one. */
function isTable(value: { readonly [key: string]: Json }): boolean {
  const columns = Object.values(value);
  return columns.length > 1 && columns.every(isColumn);
}

/** The cells of a column, in a list or by the rows' labels. */
function isColumn(value: Json): boolean {
  const cells = Array.isArray(value) ? value : isObject(value) ? Object.values(value) : [];
  return (
    cells.length > 0 &&
    cells.every((cell) => typeof cell !== "object" || cell === null || Array.isArray(value))
  );
}

function parsedOrNull(text: string): Json {
  try {
    return parseJsonText(text);
  } catch {
    return null;
  }
}

/** Throws where a path is a pipe, which can be read once only: what a file holds is decided by a look at all of it. */
export async function refusePipe(path: string): Promise<void> {
  const found = await stat(path).catch(() => null);
  if (found && !found.isFile() && !found.isDirectory())
    throw inputError(
      `${path}: is a pipe, which can be read only once; save what comes out of it in a file (… > scored.jsonl) and name that`,
    );
}
