/** A table before it has a format. Cells are plain text: each format escapes them by its own rules. */
export interface TextTable {
  readonly title: string;
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly string[])[];
  /** What has to be known to read it. */
  readonly notes: readonly string[];
}

export interface Column {
  readonly name: string;
  /** `text` holds running text and is broken into lines. */
  readonly align: "left" | "right" | "text";
}
