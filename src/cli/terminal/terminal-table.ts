import { escapeControls } from "../../domain/escape-controls.js";
import { fitWidths, withoutOwners } from "./names.js";
import { cutTo, terminalWidth, widthOf } from "./terminal-width.js";

export interface TableOptions {
  /** Columns of the terminal. Default: those that it has; no limit where the output is no terminal. */
  readonly width?: number;
  /** The first so many columns say what a row is about: they stand in every part of a table that is too wide for one. Default: 1. */
  readonly keys?: number;
}

/** Cells of a name column are cut to this, at least, before anything else gives way. */
const LEAST_NAME = 12;

/**
 * A table with lines around its cells, for the terminal; the first column, and those without a name, to the left, the others to the right. One that is
 * wider than the terminal is broken into tables below each other, so that no line wraps within a cell.
 */
export function tableText(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  { width = terminalWidth(), keys = 1 }: TableOptions = {},
): string {
  const whole = [head, ...rows].map((row) => row.map(escapeControls));
  const table = total(widthsOf(whole)) <= width ? whole : withShortNames(whole, keys);
  const parts = partsOf(widthsOf(table), width, keys);
  return parts.map(({ columns, widths }) => framed(table, columns, widths)).join("\n");
}

interface Part {
  readonly columns: readonly number[];
  readonly widths: readonly number[];
}

function widthsOf(table: readonly (readonly string[])[]): number[] {
  return table[0]!.map((_, column) => Math.max(...table.map((row) => widthOf(row[column]!))));
}

function withShortNames(table: readonly (readonly string[])[], keys: number): (readonly string[])[] {
  const names = withoutOwners(table.map((row) => row.slice(0, keys)));
  return table.map((row, index) => [...names[index]!, ...row.slice(keys)]);
}

/** Columns of a row: a cell has a space on both sides, and a line before and behind it. */
function total(widths: readonly number[]): number {
  return widths.reduce((sum, width) => sum + width + 3, 1);
}

function partsOf(wanted: readonly number[], width: number, keys: number): Part[] {
  const all = [...wanted.keys()];
  if (total(wanted) <= width) return [{ columns: all, widths: wanted }];
  const names = all.slice(0, keys);
  // Names take half of the line at most.
  const most = Math.max(LEAST_NAME * keys, Math.floor(width / 2) - 1 - 3 * keys);
  const nameWidths = fitWidths(wanted.slice(0, keys), most);
  const parts: { columns: number[]; widths: number[] }[] = [];
  for (const column of all.slice(keys)) {
    const own = Math.min(wanted[column]!, Math.max(LEAST_NAME, width - total(nameWidths) - 3));
    const last = parts.at(-1);
    if (last && total([...last.widths, own]) <= width) {
      last.columns.push(column);
      last.widths.push(own);
    } else parts.push({ columns: [...names, column], widths: [...nameWidths, own] });
  }
  return parts;
}

function framed(
  table: readonly (readonly string[])[],
  columns: readonly number[],
  widths: readonly number[],
): string {
  const rule = (first: string, between: string, last: string) =>
    `${first}${widths.map((width) => "─".repeat(width + 2)).join(between)}${last}`;
  const line = (cells: readonly string[]) => {
    const padded = columns.map((column, place) => {
      const cell = cutTo(cells[column]!, widths[place]!);
      const gap = " ".repeat(widths[place]! - widthOf(cell));
      return column === 0 || table[0]![column] === "" ? ` ${cell}${gap} ` : ` ${gap}${cell} `;
    });
    return `│${padded.join("│")}│`;
  };
  const [names, ...body] = table.map(line);
  return [rule("┌", "┬", "┐"), names, rule("├", "┼", "┤"), ...body, rule("└", "┴", "┘")].join("\n");
}
