import { findTemplate } from "../../datasets/templates/index.js";
import { inferenceOf } from "../../estimation/stage/choices.js";
import { commandLine } from "../../reporting/stage/provenance.js";
import { writeReport } from "../../reporting/stage/report.js";
import { Project } from "../../storage/project/project.js";
import { discover } from "../../study/discovery/discover.js";
import { embeddedDiscovery } from "../../study/discovery/embedded.js";
import { inRun } from "../../study/in-run.js";
import { modelsOf } from "../../study/models.js";
import { describeDatasets } from "../../study/plan.js";
import { OpenModels, runStudy } from "../../study/study.js";
import { checkAgainstTruth, plantedModel, TRUTH_DATASET } from "../../study/truth-check.js";
import { openCommandContext } from "../command-context.js";
import type { DemoFlags } from "../commands/demo.js";
import { discoveryText } from "../terminal/discovery.js";
import { print, printJson } from "../terminal/print.js";
import { resultsText } from "../terminal/results.js";
import { truthText } from "../terminal/tables.js";

/** Enough to confirm the planted tastes, in a few seconds. */
const DISCOVERY = { strongest: 5, atRandom: 1, examples: 80 };
const DATASETS = ["reviews_length", "reviews_formality", "reviews_sentiment"];

/** `rate demo` */
export async function run(flags: DemoFlags): Promise<void> {
  const commandContext = await openCommandContext(flags.output);
  const datasets = DATASETS.map((name) => ({ template: findTemplate(name), rewriter: "builtin" as const }));
  const options = {
    command: "demo",
    parts: await describeDatasets([...datasets, TRUTH_DATASET], commandContext.project.directory),
    smokeTest: false,
    reuseFinished: true,
  };
  const inference = inferenceOf(undefined);
  const embedded = await modelsOf("embedded");
  const planted = plantedModel(embedded[0]!);
  const { results, truth, discovered, report } = await inRun(commandContext, options, async (context) => {
    const results = await runStudy({ datasets, models: embedded, inference }, context);
    const [check] = await runStudy({ datasets: [TRUTH_DATASET], models: [planted], inference }, context);
    const models = new OpenModels(context);
    const truth = await checkAgainstTruth(check!.effects, check!.scored, await models.get(planted)).finally(
      () => models.dispose(),
    );
    // The effects say what they are held against, for those who report of the files.
    await context.project.writeJson(check!.path, { ...check!.effects, truth_check: truth });
    const reported = await writeReport(
      {
        title: "What the embedded reward model rewards",
        results,
        truth,
        command: commandLine(commandContext.call),
      },
      context,
    );
    // In a project of its own, so that its candidates do not stand among the demo's results.
    const project = await Project.open(context.project.path("discovery"));
    const { file: discovered } = await discover(embeddedDiscovery(embedded[0]!, DISCOVERY), {
      ...context,
      project,
    });
    const files = [...results, check!].flatMap(({ rewrites, scored, path }) => [rewrites, scored, path]);
    return { result: { results, truth, discovered, report: reported[0]! }, outputs: [...files, ...reported] };
  });
  if (flags.json)
    return printJson({
      report,
      truth,
      discovered,
      results: results.map(({ effects, path }) => ({ file: path, ...effects })),
    });
  print(
    [
      resultsText(results.map(({ effects }) => effects)),
      truthText(truth),
      discoveryText(discovered),
      `Report: ${report}`,
    ].join("\n\n"),
  );
}
