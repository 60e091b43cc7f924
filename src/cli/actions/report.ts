import { resolve } from "node:path";
import { escapeControls } from "../../domain/escape-controls.js";
import { VERSION } from "../../domain/version.js";
import { inferenceOf } from "../../estimation/stage/choices.js";
import { commandLine } from "../../reporting/stage/provenance.js";
import { writeHtml } from "../../reporting/stage/report.js";
import { reportedOf } from "../../reporting/stage/report-files.js";
import { openCommandContext } from "../command-context.js";
import type { ReportFlags } from "../commands/report.js";
import { print } from "../terminal/print.js";

/** `rate report FILES…` */
export async function run(flags: ReportFlags, files: readonly string[]): Promise<void> {
  const { project, call } = await openCommandContext(flags.projectDir);
  const inference = inferenceOf({
    ...(flags.by !== undefined && { by: flags.by }),
    ...(flags.humanKey !== undefined && { human_key: flags.humanKey }),
    ...(flags.clusterBy !== undefined && { cluster_by: flags.clusterBy }),
    ...(flags.columns && { columns: flags.columns }),
  });
  const reported = await reportedOf(
    { files, rewardKeys: flags.rewardKey ?? null, concept: flags.concept ?? null, inference },
    project,
  );
  const models = new Set(reported.results.map(({ effects }) => effects.reward_key));
  const title =
    flags.title ??
    (models.size === 1 ? `What ${[...models][0]} rewards` : `What ${models.size} reward models reward`);
  const path = resolve(flags.output);
  const say = (line: string) => process.stderr.write(`${escapeControls(line)}\n`);
  const work = {
    ...reported,
    title,
    examples: flags.examples,
    command: commandLine(call),
  };
  await writeHtml(work, path, { project, stamp: null, version: VERSION, say });
  print(escapeControls(path));
}
