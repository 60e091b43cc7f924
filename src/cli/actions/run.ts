import { inputError } from "../../domain/errors.js";
import type { EffectsFile } from "../../estimation/files/effects-file.js";
import { inferenceOf } from "../../estimation/stage/choices.js";
import { commandLine } from "../../reporting/stage/provenance.js";
import { writeReport } from "../../reporting/stage/report.js";
import { type Manifest, readManifest } from "../../storage/project/manifest.js";
import { diffManifests } from "../../study/manifest-diff.js";
import { modelsOf } from "../../study/models.js";
import { datasetsOf, decisive, decisiveScoring, describeDatasets } from "../../study/plan.js";
import { changedInputs, configOf, differenceText, pinned } from "../../study/repeat.js";
import { runStudy } from "../../study/study.js";
import { type CommandContext, openCommandContext } from "../command-context.js";
import type { RunFlags } from "../commands/run.js";
import { inRun } from "../in-run.js";
import { type DataFlags, settingsOf, withServing } from "../settings.js";
import { confirmWith, printEstimates } from "../spending.js";
import { diffText } from "../terminal/diff.js";
import { print, printJson } from "../terminal/print.js";
import { resultText } from "../terminal/tables.js";

/** `rate run` */
export async function run(flags: RunFlags): Promise<void> {
  // Limits and a cluster's resources decide nothing in a run.
  const from = flags.from === undefined ? null : await repeatOf(flags.from, flags);
  const { check: _, slurm: __, ...config } = from?.config ?? (await settingsOf(flags));
  const { rewrites, scoring } = config;
  const where = flags.config ?? "the call";
  if (!rewrites) throw inputError(`${where}: has no rewrites block, which says what to rewrite`);
  if (!scoring)
    throw inputError(`${where}: has no scoring block: name a reward model (scoring: model, or --model)`);
  const commandContext = await openCommandContext(flags.projectDir);
  const described = await datasetsOf(rewrites);
  const datasets = from ? pinned(described, from.manifest) : described;
  if (from) await requireSameInputs(datasets, from.manifest, flags.allowChanges ?? false, commandContext);
  if (flags.dryRun) return printEstimates(datasets, config.smoke_test, commandContext, flags.json ?? false);
  // These are about the rewriter here.
  const { baseUrl: _url, maxCost: _cost, cache: _cache, ...serving } = flags;
  const models = await modelsOf(scoring.model, withServing(scoring, serving));
  const inference = inferenceOf(config.effects);
  const options = {
    confirm: confirmWith(flags.yes),
    command: "run",
    parts: [
      { ...config, rewrites: decisive(rewrites), scoring: decisiveScoring(scoring) },
      await describeDatasets(datasets, commandContext.project.directory),
      models.map(({ description }) => description),
    ],
    smokeTest: config.smoke_test,
    reuseFinished: !flags.new && !from,
    config,
    seeds: { inference: inference.seed },
  };
  const { results, report, manifest } = await inRun(commandContext, options, async (context) => {
    const study = await runStudy({ datasets, models, inference }, context);
    const title = study.length > 1 ? "What the reward models reward" : "What the reward model rewards";
    const work = { title, results: study, truth: null, command: commandLine(process.argv.slice(2)) };
    await context.note?.({ estimates: study.flatMap(({ effects }) => noteOf(effects)) });
    const reported = await writeReport(work, context);
    const files = study.flatMap((result) => [result.rewrites, result.scored, result.path]);
    return {
      result: { results: study, report: reported[0]!, manifest: context.project.run(context.stamp) },
      outputs: [...new Set([...files, ...reported])],
    };
  });
  if (from) await tellDifferences(from.manifest, manifest);
  if (flags.json)
    return printJson({ report, results: results.map(({ effects, path }) => ({ file: path, ...effects })) });
  print([...results.map(({ effects }) => resultText(effects)), `Report: ${report}`].join("\n\n"));
}

/** The estimates as the manifest keeps them. */
function noteOf(effects: EffectsFile): Manifest["manifest"]["estimates"] {
  const { dataset_name: dataset, concept, reward_key } = effects;
  return effects.estimates.map(
    ({ estimator, estimand, value, stderr, effect_size, effect_size_stderr, n }) => ({
      ...{ dataset, concept, reward_key, estimator, estimand },
      ...{ value, stderr, effect_size, effect_size_stderr, n },
    }),
  );
}

async function repeatOf(path: string, flags: DataFlags) {
  if (flags.config !== undefined || flags.data !== undefined)
    throw inputError("--from repeats a run by its manifest; it goes without --config and --data");
  const manifest = await readManifest(path);
  return { manifest, config: configOf(manifest, path) };
}

/** Before anything is asked: data and templates are as they were, or the call allows that they are not. */
async function requireSameInputs(
  datasets: Parameters<typeof changedInputs>[0],
  manifest: Manifest,
  allowed: boolean,
  { project, environment }: CommandContext,
): Promise<void> {
  const say = (line: string) => void process.stderr.write(`${line}\n`);
  const changes = (await changedInputs(datasets, manifest, { project, environment, fetch, say })).map(
    differenceText,
  );
  if (changes.length === 0) return;
  const text = `not as in the run of ${manifest.timestamp}:\n${changes.join("\n")}`;
  if (!allowed) throw inputError(`${text}\nbring it back, or run with --allow-changes all the same`);
  say(text);
}

/** After the run: what differs from the one that was repeated. */
async function tellDifferences(before: Manifest, path: string): Promise<void> {
  process.stderr.write(`${diffText(diffManifests(before, await readManifest(path)))}\n`);
}
