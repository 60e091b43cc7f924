import { extname, isAbsolute, join } from "node:path";
import { inputError } from "../../domain/errors.js";
import type { Json } from "../../domain/example.js";
import type { DataSource, HubSource, Row } from "../../domain/template.js";
import { bytesOf, jsonLines, tooLong, unreadOf } from "../../storage/examples/lines.js";
import { isObject, parsed, show } from "../../storage/examples/stored.js";
import { afterComma, elementAt, memberAt } from "../../storage/readers/members.js";
import type { Hub } from "./hub.js";
import { reviewSentences } from "./review-sentences.js";
import type { SourceRow } from "./source-row.js";

export type { SourceRow } from "./source-row.js";

/** Rows of a template's source, in order. Relative paths are tried in the current folder, then below the project directory. */
export async function* openSource(
  source: DataSource,
  { projectDirectory, hub }: { readonly projectDirectory: string; readonly hub: Hub },
): AsyncIterable<SourceRow> {
  const path = source.kind === "file" ? await locate(source.path, projectDirectory) : null;
  const rows = () =>
    source.kind === "review_sentences"
      ? reviewSentences()
      : source.kind === "hub"
        ? hubRows(source, hub)
        : fileRows(path!);
  if (!source.take) yield* rows();
  else if ("first" in source.take) yield* first(rows(), source.take.first);
  else yield* last(rows, source.take.last);
}

/** The branch on which the Hub keeps every public data set as Parquet, at `<config>/<split>/0000.parquet` and on. */
const PARQUET_BRANCH = "refs/convert/parquet";

/** The revision that a Hub source is read at. */
export function revisionOf({ revision, path }: HubSource): string {
  return revision ?? (path === undefined ? PARQUET_BRANCH : "main");
}

async function* hubRows(source: HubSource, hub: Hub): AsyncIterable<SourceRow> {
  const revision = revisionOf(source);
  const repo = await hub.pin({ type: "dataset", name: source.dataset, revision });
  const paths = source.path === undefined ? splitFiles(source, await hub.list(repo, "")) : [source.path];
  for (const path of paths) {
    const local = await hub.file(repo, path);
    if (local === null)
      throw inputError(`${source.dataset}: there is no file ${path} at revision ${revision}`);
    for await (const { row, origin } of fileRows(local))
      yield { row, origin: `${source.dataset}/${path}${origin.slice(local.length)}` };
  }
}

/** The Parquet files of a split, in order. */
function splitFiles({ dataset, config, split }: HubSource, paths: readonly string[]): string[] {
  const found = paths.flatMap((path) => {
    const parts = /^([^/]+)\/(?:partial-)?([^/]+)\/\d+\.parquet$/.exec(path);
    return parts ? [{ path, config: parts[1]!, split: parts[2]! }] : [];
  });
  const configs = [...new Set(found.map((file) => file.config))];
  const wanted = config ?? (configs.length === 1 ? configs[0] : "default");
  const files = found.filter((file) => file.config === wanted);
  if (files.length === 0)
    throw inputError(
      `${dataset}: name one of its configurations (${configs.join(", ") || "it has no Parquet files; name a file of it with path"})`,
    );
  const chosen = files.filter((file) => file.split === split).map((file) => file.path);
  if (chosen.length > 0) return chosen;
  throw inputError(
    `${dataset}: there is no split ${split} (known: ${[...new Set(files.map((file) => file.split))].join(", ")})`,
  );
}

/** A file by its path, tried in the current folder, then below the project directory. Throws when it is in neither. */
export async function locate(path: string, projectDirectory: string): Promise<string> {
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

/** A list of rows, an object of rows by id (the key becomes `id`), or JSONL under another name; read piece by piece. */
async function* jsonRows(path: string): AsyncIterable<SourceRow> {
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
    return !isObject(first) || !Object.values(first).every(isObject);
  } catch {
    return false;
  }
}

/** Characters of a row; a longer one is a quote that never ends. */
const LONGEST_RECORD = 64 << 20;

async function* delimitedRows(path: string, delimiter: string): AsyncIterable<SourceRow> {
  const { parse, CsvError } = await import("csv-parse");
  const { pipeline } = await import("node:stream");
  const parser = parse({
    columns: true,
    delimiter,
    info: true,
    skip_empty_lines: true,
    bom: true,
    max_record_size: LONGEST_RECORD,
  });
  // What goes wrong comes out of the parser.
  pipeline(bytesOf(path), parser, () => undefined);
  try {
    for await (const { record, info } of parser) yield { row: record, origin: `${path}:${info.lines}` };
  } catch (cause) {
    if (!(cause instanceof CsvError)) throw cause;
    const place = `${path}:${cause.lines}`;
    if (cause.code === "CSV_MAX_RECORD_SIZE") throw tooLong(`${place}: has a record`, LONGEST_RECORD);
    throw inputError(`${place}: ${cause.message}`, cause);
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

/** The source is read twice, since its last rows may be too many to keep while more of them come. */
async function* last(rows: () => AsyncIterable<SourceRow>, count: number): AsyncIterable<SourceRow> {
  let before = -count;
  for await (const _ of rows()) before += 1;
  for await (const row of rows()) {
    before -= 1;
    if (before < 0) yield row;
  }
}

function requireRow(value: Json, origin: string): Row {
  if (isObject(value)) return value;
  throw inputError(`${origin}: expected a row (a JSON object), found ${show(value)}`);
}
