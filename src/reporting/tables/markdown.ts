import { escapeControls } from "../../domain/escape-controls.js";
import type { TextTable } from "./table.js";

/**
 * A table in GitHub's Markdown; texts in it are shown as they are.
 *
 * @example
 * markdownTable(estimatesTable(await readEffects("study.json"), false));
 */
export function markdownTable({ title, columns, rows, notes }: TextTable): string {
  const line = (cells: readonly string[]) => `| ${cells.map(markdownText).join(" | ")} |`;
  const rules = columns.map(({ align }) => (align === "right" ? "---:" : "---"));
  return [
    `**${markdownText(title)}**`,
    "",
    line(columns.map(({ name }) => name)),
    `| ${rules.join(" | ")} |`,
    ...rows.map(line),
    ...(notes.length > 0 ? [""] : []),
    ...notes.map((note) => `${markdownText(note)}  `),
    "",
  ].join("\n");
}

/** A text that Markdown shows as it is, on one line; line ends become breaks. */
export function markdownText(text: string): string {
  return text
    .split(/\r?\n/)
    .map((line) => escapeControls(line).replace(/[\\`*_{}[\]<>()#!|~&@:$-]/g, escapeMark))
    .join("<br>");
}

/** What has a meaning in Markdown or HTML; a link's `:` and `@` are written as entities, since a backslash does not stop them. */
function escapeMark(mark: string): string {
  return "<>&@:".includes(mark) ? `&#${mark.charCodeAt(0)};` : `\\${mark}`;
}
