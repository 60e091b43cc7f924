import { resolve } from "node:path";
import { visible } from "../../domain/visible.js";
import { figureOf } from "../../pipeline/plot.js";
import type { ThemeName } from "../../plots/theme.js";
import { renderFor, requireFormat } from "../../rendering/index.js";
import { print } from "../print.js";
import { openWorkplace, stampNow } from "../workplace.js";

interface PlotFlags {
  readonly output?: string[];
  readonly theme: ThemeName;
  readonly rewardKey?: string[];
  readonly projectDir?: string;
}

/** `rate plot KIND FILES…` */
export async function plot(flags: PlotFlags, [kind, ...files]: readonly string[]): Promise<void> {
  const { project } = await openWorkplace(flags.projectDir);
  const outputs = flags.output?.map((path) => resolve(path)) ?? [
    project.plot(kind!, { timestamp: stampNow(), smokeTest: false }),
  ];
  outputs.forEach(requireFormat);
  const work = { kind: kind!, files, theme: flags.theme, rewardKeys: flags.rewardKey ?? null };
  const spec = await figureOf(work, project, (line) => process.stderr.write(`${visible(line)}\n`));
  for (const path of outputs) await project.write(path, await renderFor(path, spec));
  print(outputs.join("\n"));
}
