import { inputError } from "../../../domain/errors.js";
import type { Json } from "../../../domain/example.js";
import { jsonLines, unreadOf } from "../../examples/lines.js";
import { parsed } from "../json-bytes.js";
import { isObject, show } from "../json-value.js";
import { afterComma, elementAt, memberAt } from "../members.js";
import { requireRow, type TableRow } from "./row.js";

/** The rows of a file with an object in each line. */
export async function* jsonlRows(path: string): AsyncIterable<TableRow> {
  for await (const { value, line } of jsonLines(path)) {
    const origin = `${path}:${line}`;
    yield { row: requireRow(value, origin), origin };
  }
}

/**
 * The rows of a JSON file: a list of rows, an object of rows by id (the key becomes `id`), or JSONL under another
 * name, all read piece by piece; or a table as pandas writes it by columns, split or with its schema, read as a
 * whole.
 */
export async function* jsonRows(path: string): AsyncIterable<TableRow> {
  let form: "list" | "keyed" | null = null;
  let rest: Buffer = Buffer.alloc(0);
  let number = 0;
  for await (const unread of unreadOf(path)) {
    rest = unread.bytes;
    let at = 0;
    if (form === null) {
      const first = rest.toString("utf8").trimStart();
      if (first === "") continue;
      if (first[0] !== "[" && (first[0] !== "{" || isWholeLine(first))) return yield* jsonlRows(path);
      if (OF_PANDAS.test(first)) return yield* pandasRows(path);
      form = first[0] === "[" ? "list" : "keyed";
      at = rest.indexOf(first[0]) + 1;
    }
    for (;;) {
      const start = afterComma(rest, at);
      const member = form === "keyed" ? memberAt(rest, start) : null;
      const span = form === "list" ? elementAt(rest, start) : member;
      if (!span) break;
      const key = member ? (parsed(rest, member.keyStart, member.keyEnd, path) as string) : String(number);
      const origin = `${path}: row ${key}`;
      const row = requireRow(parsed(rest, span.valueStart, span.valueEnd, origin), origin);
      yield { row: form === "list" || "id" in row ? row : { id: key, ...row }, origin };
      number += 1;
      at = span.valueEnd;
    }
    unread.read = at;
    rest = rest.subarray(at);
  }
  const left = rest.toString("utf8").trim();
  if (form !== null && left !== (form === "list" ? "]" : "}"))
    throw inputError(`${path}: is not whole JSON after row ${number - 1}: found ${show(left)}`);
}

/** Whether a text's first line is a JSON object by itself that is no object of rows: then the file is JSONL. */
function isWholeLine(text: string): boolean {
  try {
    const first: Json = JSON.parse(text.slice(0, text.indexOf("\n") + 1 || undefined));
    return !isObject(first) || (!Object.values(first).every(isObject) && !OF_PANDAS.test(text));
  } catch {
    return false;
  }
}

/**
 * How a table begins that pandas writes: by columns, each with the cells by the rows' labels; split into columns,
 * index and data; or with its schema.
 */
const OF_PANDAS =
  /^\{\s*(?:"(?:[^"\\]|\\.)*"\s*:\s*\{\s*"0"\s*:|"columns"\s*:\s*\[|"schema"\s*:\s*\{\s*"fields")/;

async function* pandasRows(path: string): AsyncIterable<TableRow> {
  const { readFile } = await import("node:fs/promises");
  const { parseJsonText } = await import("../json-text.js");
  const text = (await readFile(path, "utf8")).replace(/^\uFEFF/, "");
  let table: Json;
  try {
    table = parseJsonText(text);
  } catch (cause) {
    throw inputError(`${path}: is not JSON (${(cause as Error).message})`, cause);
  }
  for (const [index, row] of rowsOfPandas(table, path).entries())
    yield { row, origin: `${path}: row ${index}` };
}

function rowsOfPandas(table: Json, path: string): TableRow["row"][] {
  if (!isObject(table)) throw inputError(`${path}: expected a table, found ${show(table)}`);
  const { columns, data } = table;
  if (Array.isArray(data) && isObject(table.schema))
    return data.map((row, index) => requireRow(row, `${path}: row ${index}`));
  if (Array.isArray(data) && Array.isArray(columns))
    return data.map((cells, index) => {
      if (!Array.isArray(cells) || cells.length !== columns.length)
        throw inputError(`${path}: row ${index}: expected ${columns.length} cells, found ${show(cells)}`);
      return Object.fromEntries(cells.map((cell, column) => [String(columns[column]), cell]));
    });
  const labels = Object.keys(Object.values(table)[0] as object);
  return labels.map((label) =>
    Object.fromEntries(
      Object.entries(table).map(([name, cells]) => {
        if (!isObject(cells) || !(label in cells))
          throw inputError(`${path}: column ${name}: has no cell of the row ${label}`);
        return [name, cells[label]!];
      }),
    ),
  );
}
