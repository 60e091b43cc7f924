import { resolve } from "node:path";
import { escapeControls } from "../../domain/escape-controls.js";
import { exportTable } from "../../reporting/stage/export.js";
import { openCommandContext } from "../command-context.js";
import type { ExportFlags } from "../commands/export.js";
import { print } from "../terminal/print.js";

/** `rate export FILES…` */
export async function run(flags: ExportFlags, files: readonly string[]): Promise<void> {
  const { project } = await openCommandContext(flags.projectDir);
  const output = resolve(flags.output);
  const work = {
    files,
    output,
    estimates: flags.estimates ?? false,
    rewardKeys: flags.rewardKey ?? null,
    concept: flags.concept ?? null,
    raw: flags.raw ?? false,
    columns: flags.columns,
  };
  const rows = await exportTable(work, project);
  print(`${rows} rows in ${escapeControls(output)}`);
}
