import { escapeControls } from "../../domain/escape-controls.js";
import { widthOf } from "./terminal-width.js";

/** A table with lines around its cells, for the terminal; the first column, and those without a name, to the left, the others to the right. */
export function tableText(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const table = [head, ...rows].map((row) => row.map(escapeControls));
  const widths = head.map((_, column) => Math.max(...table.map((row) => widthOf(row[column]!))));
  const rule = (first: string, between: string, last: string) =>
    `${first}${widths.map((width) => "─".repeat(width + 2)).join(between)}${last}`;
  const line = (cells: readonly string[]) => {
    const padded = cells.map((cell, column) => {
      const gap = " ".repeat(widths[column]! - widthOf(cell));
      return column === 0 || head[column] === "" ? ` ${cell}${gap} ` : ` ${gap}${cell} `;
    });
    return `│${padded.join("│")}│`;
  };
  const [names, ...body] = table.map(line);
  return [rule("┌", "┬", "┐"), names, rule("├", "┼", "┤"), ...body, rule("└", "┴", "┘")].join("\n");
}
