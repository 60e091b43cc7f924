import { extname, isAbsolute, join } from "node:path";
import { inputError } from "../domain/errors.js";
import type { Json } from "../domain/example.js";
import type { DataSource, Row } from "../domain/template.js";
import { jsonLines, wholeText } from "./lines.js";
import { reviewSentences } from "./review-sentences.js";
import { isObject, show } from "./stored.js";

/** A row of a source, and where it stands. */
export interface SourceRow {
  readonly row: Row;
  readonly origin: string;
}

/** Rows of a template's source, in order. Relative paths are tried in the current folder, then below the project directory. */
export async function* openSource(
  source: DataSource,
  { projectDirectory }: { readonly projectDirectory: string },
): AsyncIterable<SourceRow> {
  const rows =
    source.kind === "review_sentences"
      ? reviewSentences()
      : fileRows(await locate(source.path, projectDirectory));
  if (!source.take) yield* rows;
  else if ("first" in source.take) yield* first(rows, source.take.first);
  else yield* last(rows, source.take.last);
}

async function locate(path: string, projectDirectory: string): Promise<string> {
  if (isAbsolute(path)) return path;
  const { access } = await import("node:fs/promises");
  const candidates = [path, join(projectDirectory, path)];
  for (const candidate of candidates) {
    if (
      await access(candidate).then(
        () => true,
        () => false,
      )
    )
      return candidate;
  }
  throw inputError(`${path}: there is no such file (looked for ${candidates.join(" and ")})`);
}

/** How files of each kind are read, by the end of their name; compressed ones are unpacked first. */
const READERS: Record<string, (path: string) => AsyncIterable<SourceRow>> = {
  ".jsonl": jsonlRows,
  ".ndjson": jsonlRows,
  ".json": jsonRows,
  ".csv": (path) => delimitedRows(path, ","),
  ".tsv": (path) => delimitedRows(path, "\t"),
  ".parquet": parquetRows,
};

function fileRows(path: string): AsyncIterable<SourceRow> {
  const kind = extname(path.replace(/\.(gz|zst)$/i, "")).toLowerCase();
  const reader = READERS[kind];
  if (reader) return reader(path);
  throw inputError(
    `${path}: files of this kind cannot be read (known: ${Object.keys(READERS).join(", ")}, the text ones also with .gz or .zst)`,
  );
}

async function* jsonlRows(path: string): AsyncIterable<SourceRow> {
  for await (const { value, line } of jsonLines(path)) {
    const origin = `${path}:${line}`;
    yield { row: requireRow(value, origin), origin };
  }
}

/** A list of rows, an object of rows by id (the key becomes `id`), or JSONL under another name. */
async function* jsonRows(path: string): AsyncIterable<SourceRow> {
  let all: Json;
  try {
    all = JSON.parse(await wholeText(path));
  } catch {
    yield* jsonlRows(path);
    return;
  }
  if (!isObject(all) && !Array.isArray(all)) throw inputError(`${path}: expected rows, found ${show(all)}`);
  for (const [key, value] of Object.entries(all)) {
    const origin = `${path}: row ${key}`;
    const row = requireRow(value, origin);
    yield { row: Array.isArray(all) || "id" in row ? row : { id: key, ...row }, origin };
  }
}

async function* delimitedRows(path: string, delimiter: string): AsyncIterable<SourceRow> {
  const { parse, CsvError } = await import("csv-parse");
  const { Readable } = await import("node:stream");
  const { lineBlocks } = await import("./lines.js");
  const bytes = async function* () {
    for await (const block of lineBlocks(path)) yield block.bytes;
  };
  const parser = Readable.from(bytes()).pipe(
    parse({ columns: true, delimiter, info: true, skip_empty_lines: true, bom: true }),
  );
  try {
    for await (const { record, info } of parser) yield { row: record, origin: `${path}:${info.lines}` };
  } catch (cause) {
    if (cause instanceof CsvError) throw inputError(`${path}: ${cause.message}`, cause);
    throw cause;
  }
}

async function* parquetRows(path: string): AsyncIterable<SourceRow> {
  const { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects } = await import("hyparquet");
  const { compressors } = await import("hyparquet-compressors");
  try {
    const file = await asyncBufferFromFile(path);
    const metadata = await parquetMetadataAsync(file);
    let rowStart = 0;
    for (const group of metadata.row_groups) {
      const rowEnd = rowStart + Number(group.num_rows);
      const rows = await parquetReadObjects({ file, metadata, compressors, rowStart, rowEnd });
      for (const [index, row] of rows.entries())
        yield { row: plain(row) as Row, origin: `${path}: row ${rowStart + index}` };
      rowStart = rowEnd;
    }
  } catch (cause) {
    throw inputError(`${path}: cannot be read as Parquet (${(cause as Error).message})`, cause);
  }
}

/** Parquet's values as JSON has them: big whole numbers that fit become numbers, others and dates become text. */
function plain(value: unknown): Json {
  if (typeof value === "bigint") return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  if (value instanceof Date) return value.toISOString();
  if (value instanceof Uint8Array) return Buffer.from(value).toString("base64");
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value === "object" && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plain(inner)]));
  }
  return (value ?? null) as Json;
}

async function* first(rows: AsyncIterable<SourceRow>, count: number): AsyncIterable<SourceRow> {
  let left = count;
  for await (const row of rows) {
    if (left <= 0) return;
    left -= 1;
    yield row;
  }
}

async function* last(rows: AsyncIterable<SourceRow>, count: number): AsyncIterable<SourceRow> {
  const kept: SourceRow[] = [];
  for await (const row of rows) {
    kept.push(row);
    if (kept.length > 2 * count) kept.splice(0, kept.length - count);
  }
  yield* kept.slice(-count);
}

function requireRow(value: Json, origin: string): Row {
  if (isObject(value)) return value;
  throw inputError(`${origin}: expected a row (a JSON object), found ${show(value)}`);
}
