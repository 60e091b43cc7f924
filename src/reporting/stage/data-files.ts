import { inputError } from "../../domain/errors.js";
import { loadOptional } from "../../storage/package/optional.js";

/** A column of a tidy table: its name, and its values with null where there is none. */
export interface DataColumn {
  readonly name: string;
  readonly kind: "text" | "number" | "count" | "truth";
  readonly values: (string | number | boolean | null)[];
}

export type DataFormat = "csv" | "parquet" | "arrow";

/** The format that a file's name asks for. Throws on another ending. */
export function dataFormatOf(path: string): DataFormat {
  const ending = /\.(csv|parquet|arrow|feather)$/i.exec(path)?.[1]?.toLowerCase();
  if (ending === undefined)
    throw inputError(`--output: ${path}: expected a name that ends in .csv, .parquet or .arrow`);
  return ending === "feather" ? "arrow" : (ending as DataFormat);
}

const PARQUET_TYPES = { text: "STRING", number: "DOUBLE", count: "INT32", truth: "BOOLEAN" } as const;

/** A table as a Parquet file, compressed with Snappy. */
export async function parquetBytes(columns: readonly DataColumn[]): Promise<Uint8Array> {
  const { parquetWriteBuffer } = await import("hyparquet-writer");
  const columnData = columns.map(({ name, kind, values }) => ({
    name,
    data: values,
    type: PARQUET_TYPES[kind],
    nullable: true,
  }));
  return new Uint8Array(parquetWriteBuffer({ columnData }));
}

/** A table as an Arrow IPC file (Feather version 2). */
export async function arrowBytes(columns: readonly DataColumn[]): Promise<Uint8Array> {
  const arrow = await loadOptional("Arrow files need", ["apache-arrow"], () => import("apache-arrow"));
  const types = {
    text: () => new arrow.Utf8(),
    number: () => new arrow.Float64(),
    count: () => new arrow.Int32(),
    truth: () => new arrow.Bool(),
  };
  const vectors = columns.map(
    ({ name, kind, values }) => [name, arrow.vectorFromArray(values, types[kind]())] as const,
  );
  return arrow.tableToIPC(new arrow.Table(Object.fromEntries(vectors)), "file");
}
