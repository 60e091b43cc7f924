import type { Row } from "../../domain/template.js";

/** A row of a source, and where it stands. */
export interface SourceRow {
  readonly row: Row;
  readonly origin: string;
}
