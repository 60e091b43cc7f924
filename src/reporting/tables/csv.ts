import type { TextTable } from "./table.js";

/** A table as CSV (RFC 4180). */
export function csvTable({ columns, rows }: TextTable): string {
  return csvLines([columns.map(({ name }) => name), ...rows]);
}

/** Lines of CSV; a cell with a comma, a quote or a line end stands in quotes. */
export function csvLines(rows: readonly (readonly string[])[]): string {
  const cell = (text: string) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  return rows.map((row) => `${row.map(cell).join(",")}\n`).join("");
}
