import { eastAsianWidth } from "get-east-asian-width";

/** Columns that a terminal takes for a text. */
export function widthOf(text: string): number {
  // Most texts need no look at the tables of widths.
  if (/^[ -~]*$/.test(text)) return text.length;
  let width = 0;
  for (const character of text.replace(/\p{M}/gu, "")) width += eastAsianWidth(character.codePointAt(0)!);
  return width;
}

/** A text's beginning, with an ellipsis where it would take more columns. */
export function cutTo(text: string, columns: number): string {
  if (widthOf(text) <= columns) return text;
  let cut = "";
  for (const character of text) {
    if (widthOf(cut + character) > columns - 1) break;
    cut += character;
  }
  return `${cut}…`;
}

/** Columns of the terminal that results go to; no limit where they go to a file or another program. */
export function terminalWidth(): number {
  return process.stdout.columns || Number.POSITIVE_INFINITY;
}
