import { extname } from "node:path";
import { inputError } from "../../../domain/errors.js";
import { csvRows, tsvRows } from "./delimited.js";
import { jsonlRows, jsonRows } from "./json-rows.js";
import { parquetRows } from "./parquet.js";
import type { TableRow } from "./row.js";

/** How files of each kind are read, by the end of their name; compressed ones are unpacked first. */
const READERS: Record<string, (path: string, signal?: AbortSignal) => AsyncIterable<TableRow>> = {
  ".jsonl": jsonlRows,
  ".ndjson": jsonlRows,
  ".json": jsonRows,
  ".csv": csvRows,
  ".tsv": tsvRows,
  ".parquet": parquetRows,
};

/** The kind of a table by its file's name, such as `.csv`; null for a file that is none. */
export function tableKind(path: string): string | null {
  const kind = extname(path.replace(/\.(gz|zst)$/i, "")).toLowerCase();
  return Object.hasOwn(READERS, kind) ? kind : null;
}

/**
 * The rows of a table in a file: JSONL, JSON, CSV, TSV or Parquet. Throws, with file and line or row, on what is
 * none.
 */
export function tableRows(path: string, signal?: AbortSignal): AsyncIterable<TableRow> {
  const kind = tableKind(path);
  if (kind !== null) return READERS[kind]!(path, signal);
  throw inputError(
    `${path}: files of this kind cannot be read (known: ${Object.keys(READERS).join(", ")}, the text ones also with .gz or .zst)`,
  );
}
