import Table from "cli-table3";
import { visible } from "../domain/visible.js";
import type { EffectsFile } from "../estimators/effects-file.js";
import type { TruthCheck } from "../report/model.js";
import { answer, estimateTable, flipTable, interval, signed } from "../report/words.js";

/** A table for the terminal. */
export function tableText(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const table = new Table({
    head: head.map(visible),
    style: { head: [], border: [], compact: true },
    colAligns: head.map((name, column) => (column === 0 || name === "" ? "left" : "right")),
  });
  for (const row of rows) table.push(row.map(visible));
  return table.toString();
}

/** One result in words and figures. */
export function resultText(effects: EffectsFile): string {
  const estimates = estimateTable(effects);
  const flips = flipTable(effects);
  return [
    visible(answer(effects)),
    tableText(estimates.head, withReasonsBelow(estimates.rows).rows),
    ...withReasonsBelow(estimates.rows).notes,
    ...(flips ? [tableText(flips.head, flips.rows)] : []),
    ...effects.warnings.map((warning) => `Note: ${visible(warning)}.`),
  ].join("\n");
}

export function truthText({ title, explanation, rows }: TruthCheck): string {
  return [
    title,
    explanation,
    tableText(
      ["", "effect size (sd)", "95 % CI", ""],
      rows.map((row) => [row.name, signed(row.value, 3), interval(row.low, row.high, 3), row.note]),
    ),
  ].join("\n");
}

/** Reasons are too long for a cell: they go below the table, once each. */
function withReasonsBelow(rows: readonly (readonly string[])[]): { rows: string[][]; notes: string[] } {
  const notes = new Set<string>();
  const shortened = rows.map((row) => {
    const reason = /^– \((.*)\)$/.exec(row[2]!)?.[1];
    if (reason === undefined) return [...row];
    notes.add(`– ${visible(reason)}`);
    return row.map((cell, column) => (column === 2 ? "–" : cell));
  });
  return { rows: shortened, notes: [...notes] };
}
