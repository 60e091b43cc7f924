import { parentPort, workerData } from "node:worker_threads";
import type { Json } from "../../../domain/example.js";
import type { ParquetAnswer } from "./parquet.js";
import type { TableRow } from "./row.js";

/** Rows that are handed over at once. */
const ROWS = 1000;

/** Reads the file group by group; one part of it for each request. */
async function* answers(path: string): AsyncGenerator<ParquetAnswer> {
  try {
    const { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects } = await import("hyparquet");
    const { compressors } = await import("hyparquet-compressors");
    const file = await asyncBufferFromFile(path);
    const metadata = await parquetMetadataAsync(file);
    let groupStart = 0;
    for (const group of metadata.row_groups) {
      const rowEnd = groupStart + Number(group.num_rows);
      const rows = await parquetReadObjects({ file, metadata, compressors, rowStart: groupStart, rowEnd });
      if (rows.length !== rowEnd - groupStart)
        throw new Error(`a group says that it has ${rowEnd - groupStart} rows and has ${rows.length}`);
      for (let start = 0; start < rows.length; start += ROWS)
        yield {
          rows: rows.slice(start, start + ROWS).map((row) => withoutIndex(plain(row) as TableRow["row"])),
          start: groupStart + start,
        };
      groupStart = rowEnd;
    }
    yield { end: true };
  } catch (error) {
    yield { failure: (error as Error).message };
  }
}

/** Parquet's values as JSON has them: big whole numbers that fit become numbers, others and dates become text. */
function plain(value: unknown): Json {
  if (typeof value === "bigint") return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  if (typeof value === "number") return Number.isFinite(value) ? value : null;
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
  if (value instanceof Uint8Array) return Buffer.from(value).toString("base64");
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value === "object" && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plain(inner)]));
  }
  return (value ?? null) as Json;
}

/** The labels of rows that pandas adds to a table are no column of it. */
function withoutIndex({ __index_level_0__: _, ...row }: TableRow["row"]): TableRow["row"] {
  return row;
}

const source = answers(workerData as string);
parentPort!.on("message", async () => parentPort!.postMessage((await source.next()).value));
