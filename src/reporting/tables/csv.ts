import type { TextTable } from "./table.js";

/** How cells are written. */
export interface CsvOptions {
  /** As they are, for programs that read data: a spreadsheet may take a cell for a formula. */
  readonly raw?: boolean | undefined;
}

/** A table as CSV (RFC 4180). */
export function csvTable({ columns, rows }: TextTable, options: CsvOptions = {}): string {
  return csvLines([columns.map(({ name }) => name), ...rows], options);
}

/**
 * Lines of CSV; a cell with a comma, a quote or a line end stands in quotes. A text that a spreadsheet would take for a
 * formula gets an apostrophe in front, unless it is a number.
 */
export function csvLines(rows: readonly (readonly string[])[], { raw = false }: CsvOptions = {}): string {
  const cell = (given: string) => {
    const text = raw || !isFormula(given) ? given : `'${given}`;
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  return rows.map((row) => `${row.map(cell).join(",")}\n`).join("");
}

/** Whether a spreadsheet would work out a cell instead of showing it. Full-width signs count as the plain ones. */
function isFormula(text: string): boolean {
  return (
    /^[=+\-@\t\r\uff1d\uff0b\uff0d\uff20]/.test(text) &&
    !/^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i.test(text)
  );
}
