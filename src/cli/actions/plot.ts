import { resolve } from "node:path";
import type { TopLevelSpec } from "vega-lite";
import { escapeControls } from "../../domain/escape-controls.js";
import { renderFor, requireFormat } from "../../reporting/figures/rendering/index.js";
import { missingCharacters } from "../../reporting/figures/rendering/missing.js";
import { figureOf } from "../../reporting/stage/plot.js";
import { openCommandContext, stampNow } from "../command-context.js";
import type { PlotFlags } from "../commands/plot.js";
import { print } from "../terminal/print.js";

/** So many characters are named. */
const NAMED = 20;

/** `rate plot KIND FILES…` */
export async function run(flags: PlotFlags, [kind, ...files]: readonly string[]): Promise<void> {
  const { project } = await openCommandContext(flags.projectDir);
  const outputs = flags.output?.map((path) => resolve(path)) ?? [
    project.plot(kind!, { timestamp: stampNow(), smokeTest: false }),
  ];
  outputs.forEach(requireFormat);
  const work = {
    kind: kind!,
    files,
    theme: flags.theme,
    rewardKeys: flags.rewardKey ?? null,
    columns: flags.columns,
  };
  const spec = await figureOf(work, project, (line) => process.stderr.write(`${escapeControls(line)}\n`));
  for (const path of outputs) {
    await project.write(path, await renderFor(path, spec));
    if (requireFormat(path) === ".pdf") await warnOfBoxes(path, spec);
  }
  print(outputs.join("\n"));
}

async function warnOfBoxes(path: string, spec: TopLevelSpec): Promise<void> {
  const missing = await missingCharacters(spec);
  if (missing.length === 0) return;
  const named = missing.slice(0, NAMED).map((character) => escapeControls(character));
  const more = missing.length > NAMED ? ` and ${missing.length - NAMED} more` : "";
  process.stderr.write(
    `${escapeControls(path)}: the embedded font lacks ${named.join(" ")}${more}; boxes stand in their places. SVG and PNG take such letters from the viewer's or the machine's fonts\n`,
  );
}
