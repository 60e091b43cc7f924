import { inputError } from "../../domain/errors.js";
import { inferenceOf, list } from "../../estimation/stage/choices.js";
import {
  type DiscoveryOptions,
  type DiscoveryWork,
  discover,
  USUAL_OPTIONS,
} from "../../study/discovery/discover.js";
import { EMBEDDED, withPlantedTastes } from "../../study/discovery/embedded.js";
import { judgeTagger } from "../../study/discovery/judge-tagger.js";
import { languageModelProposer } from "../../study/discovery/propose.js";
import { parseShares } from "../../study/discovery/split.js";
import { inRun } from "../../study/in-run.js";
import { modelsOf } from "../../study/models.js";
import { datasetsOf, decisive, describeDatasets } from "../../study/plan.js";
import { openCommandContext } from "../command-context.js";
import type { DiscoverFlags } from "../commands/discover.js";
import { settingsOf, withoutUndefined, withServing } from "../settings.js";
import { confirmWith } from "../spending.js";
import { discoveryText } from "../terminal/discovery.js";
import { print, printJson } from "../terminal/print.js";

/** `rate discover` */
export async function run(flags: DiscoverFlags): Promise<void> {
  const commandContext = await openCommandContext(flags.projectDir);
  const { work, parts, maxCost } = await planned(flags, commandContext.project.directory);
  const options = {
    confirm: confirmWith(flags.yes),
    command: "discover",
    parts,
    maxCost,
    smokeTest: false,
    seeds: { discovery: work.options.seed },
    reuseFinished: !flags.new,
  };
  const found = await inRun(commandContext, options, async (context) => {
    const result = await discover(work, context);
    return { result, outputs: result.outputs };
  });
  if (flags.json) return printJson({ file: found.path, ...found.file });
  print(`${discoveryText(found.file)}\n\nScreened candidates: ${found.screened}\nWritten to ${found.path}`);
}

async function planned(
  flags: DiscoverFlags,
  directory: string,
): Promise<{ work: DiscoveryWork; parts: unknown; maxCost?: number | undefined }> {
  const given = {
    shares: flags.split === undefined ? undefined : parseShares(flags.split),
    seed: flags.seed,
    alpha: flags.alpha,
    strongest: flags.strongest,
    atRandom: flags.atRandom,
    examples: flags.confirmExamples,
  };
  const options: DiscoveryOptions = {
    ...USUAL_OPTIONS,
    ...(withoutUndefined(given) as Partial<DiscoveryOptions>),
  };
  const common = { options, proposer: null, tagger: null, from: flags.from ?? null };
  if (flags.config === undefined && flags.data === undefined) {
    const [embedded] = await modelsOf(flags.model ?? "embedded");
    const model = flags.model === undefined ? withPlantedTastes(embedded!) : embedded!;
    const [reference] = flags.reference === undefined ? [] : await modelsOf(flags.reference);
    const work = {
      ...common,
      ...EMBEDDED,
      model,
      reference: reference ?? null,
      inference: inferenceOf(undefined),
    };
    return {
      work,
      parts: [options, EMBEDDED.name, model.description, reference?.description ?? null, flags.from],
    };
  }
  // Discovery names the attributes itself; one has to be there for the data to be described.
  const config = await settingsOf({ ...flags, attribute: flags.attribute ?? ["words"] });
  const { rewrites, scoring } = config;
  if (!rewrites) throw inputError(`${flags.config}: has no rewrites block, which says what data to look at`);
  if (!scoring)
    throw inputError(`${flags.config ?? "the call"}: name a reward model (scoring: model, or --model)`);
  const { baseUrl: _url, maxCost: _cost, cache: _cache, ...serving } = flags;
  const [model, second] = await modelsOf(
    [...list(scoring.model), ...(flags.reference === undefined ? [] : [flags.reference])],
    withServing(scoring, serving),
  );
  const [dataset] = await datasetsOf(rewrites);
  const { template, ...job } = dataset!;
  const name = list(rewrites.dataset_name)[0]!;
  const reference = second ?? null;
  const hasChat = job.rewriter === "openai" || job.rewriter === "openai-batch";
  const sizes = { lists: flags.lists ?? 24, responses: 8 };
  const work = {
    ...common,
    ...{ name, template, job, reference },
    model: model!,
    inference: inferenceOf(config.effects),
    proposer:
      hasChat && flags.proposals !== false ? languageModelProposer(job, sizes, options.seed, name) : null,
    tagger: hasChat || job.judge !== undefined ? judgeTagger(job, name) : null,
  };
  return {
    work,
    maxCost: rewrites.max_cost,
    parts: [
      options,
      decisive(rewrites),
      await describeDatasets([dataset!], directory),
      [model!.description, reference?.description ?? null],
      flags.from,
      [work.proposer?.name ?? null, sizes],
    ],
  };
}
