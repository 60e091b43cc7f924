import { resolve } from "node:path";
import { escapeControls } from "../../domain/escape-controls.js";
import { formatOfFile, tableOf } from "../../reporting/stage/table.js";
import type { TextTable } from "../../reporting/tables/table.js";
import { openCommandContext } from "../command-context.js";
import type { TableFlags } from "../commands/table.js";
import { print } from "../terminal/print.js";
import { tableText } from "../terminal/terminal-table.js";

/** `rate table KIND FILES…` */
export async function run(flags: TableFlags, [kind, ...files]: readonly string[]): Promise<void> {
  const { project } = await openCommandContext(flags.projectDir);
  const { output, rows, letters, seed = 0 } = flags;
  const format = flags.format ?? (output === undefined ? null : formatOfFile(output)) ?? "terminal";
  const work = {
    kind: kind!,
    files,
    format,
    rewardKeys: flags.rewardKey ?? null,
    columns: flags.columns,
    allEstimands: !flags.ateOnly,
    rows,
    letters,
    seed,
    unicode: flags.unicode ?? false,
    raw: flags.raw ?? false,
    draw: drawn,
  };
  const text = await tableOf(work, project);
  if (output === undefined) return print(text.trimEnd(), flags.raw ?? false);
  await project.write(resolve(output), text.endsWith("\n") ? text : `${text}\n`);
  print(resolve(output));
}

function drawn({ title, columns, rows, notes }: TextTable): string {
  const head = columns.map(({ name }) => name);
  // What a row is about stands in front, to the left.
  const names = columns.findIndex(({ align }) => align !== "left");
  const body = columns.some(({ align }) => align === "text")
    ? // Running text is too wide for columns: one block an example.
      rows
        .map((row) => row.map((cell, column) => `${head[column]}: ${escapeControls(cell)}`).join("\n"))
        .join("\n\n")
    : tableText(head, rows, { keys: Math.max(1, names) });
  return [escapeControls(title), body, ...notes.map((note) => `– ${escapeControls(note)}`)].join("\n");
}
