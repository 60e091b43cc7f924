import { inputError } from "../../domain/errors.js";
import { type Manifest, readManifest } from "../../storage/project/manifest.js";
import { diffManifests } from "../../study/manifest-diff.js";
import { configOf } from "../../study/repeat.js";
import { planRun, runPlan } from "../../study/run-configuration.js";
import { openCommandContext } from "../command-context.js";
import type { RunFlags } from "../commands/run.js";
import { settingsOf, withServing } from "../settings.js";
import { confirmWith, printEstimates } from "../spending.js";
import { diffText } from "../terminal/diff.js";
import { print, printJson } from "../terminal/print.js";
import { resultsText } from "../terminal/results.js";
import { requireTrusted } from "../trust.js";

/** `rate run` */
export async function run(flags: RunFlags): Promise<void> {
  const repeated = flags.from === undefined ? null : await repeatOf(flags.from, flags);
  const config = repeated?.config ?? (await settingsOf(flags));
  // These are about the rewriter here.
  const { baseUrl: _url, cache: _cache, ...serving } = flags;
  const scoring = config.scoring && { ...config.scoring, ...withServing(config.scoring, serving) };
  const commandContext = await openCommandContext(flags.projectDir);
  const choices = {
    new: flags.new ?? false,
    allowChanges: flags.allowChanges ?? false,
    confirm: confirmWith(flags.yes),
    ...(repeated && { from: repeated.manifest }),
  };
  const described = { ...config, ...(scoring && { scoring }) };
  const plan = await planRun(described, commandContext, choices, flags.config ?? "the call");
  if (flags.dryRun)
    return printEstimates(plan.datasets, plan.models, config.smoke_test, commandContext, flags.json ?? false);
  const { results, report, manifest } = await runPlan(plan, commandContext, choices);
  if (repeated) await tellDifferences(repeated.manifest, manifest);
  if (flags.json)
    return printJson({ report, results: results.map(({ effects, path }) => ({ file: path, ...effects })) });
  print([resultsText(results.map(({ effects }) => effects)), `Report: ${report}`].join("\n\n"));
}

async function repeatOf(path: string, flags: RunFlags) {
  if (flags.config !== undefined || flags.data !== undefined)
    throw inputError("--from repeats a run by its manifest; it goes without --config and --data");
  const manifest = await readManifest(path);
  const config = configOf(manifest, path);
  await requireTrusted(config, path, flags.trust ?? false);
  return { manifest, config };
}

/** After the run: what differs from the one that was repeated. */
async function tellDifferences(before: Manifest, path: string): Promise<void> {
  process.stderr.write(`${diffText(diffManifests(before, await readManifest(path)))}\n`);
}
