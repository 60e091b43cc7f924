import { inputError } from "../../../domain/errors.js";
import type { Json } from "../../../domain/example.js";
import { isObject, show } from "../json-value.js";

/** A row of a table by its columns' names, and where it stands. */
export interface TableRow {
  readonly row: Readonly<Record<string, Json>>;
  /** File and line, or file and row, for messages. */
  readonly origin: string;
}

/** Throws where a value is no row. */
export function requireRow(value: Json, origin: string): TableRow["row"] {
  if (isObject(value)) return value;
  throw inputError(`${origin}: expected a row (a JSON object), found ${show(value)}`);
}
