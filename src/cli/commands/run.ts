import { inputError } from "../../domain/errors.js";
import { inferenceOf } from "../../pipeline/choices.js";
import { datasetsOf, decisive, decisiveScoring, describeDatasets, modelsOf } from "../../pipeline/plan.js";
import { commandLine } from "../../pipeline/provenance.js";
import { writeReport } from "../../pipeline/report.js";
import { runStudy } from "../../pipeline/study.js";
import { print, printJson } from "../print.js";
import { type DataFlags, type ServingFlags, settingsOf, withServing } from "../settings.js";
import { confirmWith, printEstimates } from "../spending.js";
import { resultText } from "../tables.js";
import { inRun, openWorkplace } from "../workplace.js";

/** `rate run` */
export async function run(
  flags: DataFlags & ServingFlags & { projectDir?: string; new?: boolean; json?: boolean },
): Promise<void> {
  // Limits and a cluster's resources decide nothing in a run.
  const { check: _, slurm: __, ...config } = await settingsOf(flags);
  const { rewrites, scoring } = config;
  const where = flags.config ?? "the call";
  if (!rewrites) throw inputError(`${where}: has no rewrites block, which says what to rewrite`);
  if (!scoring)
    throw inputError(`${where}: has no scoring block: name a reward model (scoring: model, or --model)`);
  const workplace = await openWorkplace(flags.projectDir);
  const datasets = await datasetsOf(rewrites);
  if (flags.dryRun) return printEstimates(datasets, config.smoke_test, workplace, flags.json ?? false);
  // These are about the rewriter here.
  const { baseUrl: _url, maxCost: _cost, cache: _cache, ...serving } = flags;
  const models = await modelsOf(scoring.model, withServing(scoring, serving));
  const inference = inferenceOf(config.effects);
  const options = {
    confirm: confirmWith(flags.yes),
    command: "run",
    parts: [
      { ...config, rewrites: decisive(rewrites), scoring: decisiveScoring(scoring) },
      await describeDatasets(datasets),
      models.map(({ description }) => description),
    ],
    smokeTest: config.smoke_test,
    reuseFinished: !flags.new,
  };
  const { results, report } = await inRun(workplace, options, async (context) => {
    const study = await runStudy({ datasets, models, inference }, context);
    const title = study.length > 1 ? "What the reward models reward" : "What the reward model rewards";
    const work = { title, results: study, truth: null, command: commandLine(process.argv.slice(2)) };
    const reported = await writeReport(work, context);
    const files = study.flatMap((result) => [result.rewrites, result.scored, result.path]);
    return {
      result: { results: study, report: reported[0]! },
      outputs: [...new Set([...files, ...reported])],
    };
  });
  if (flags.json)
    return printJson({ report, results: results.map(({ effects, path }) => ({ file: path, ...effects })) });
  print([...results.map(({ effects }) => resultText(effects)), `Report: ${report}`].join("\n\n"));
}
