import { attributeOf, loadExamples } from "../../datasets/loading/examples.js";
import { type KnownLabel, knownLabels, type Labeller } from "../../datasets/loading/label.js";
import type { ScoringInput } from "../../domain/reward-model.js";
import type { Estimate } from "../../language-models/forecast.js";
import type { Context } from "../../storage/project/context.js";
import { paidModelsOf } from "./accounts.js";
import { Answers } from "./answers.js";
import { isJudged, judgeFacts, judgesOriginals } from "./asked-models.js";
import { heldRequests } from "./batches.js";
import { estimatesOf, type ScoringForecast } from "./cost-forecast.js";
import type { DatasetJob } from "./dataset-job.js";
import { earlierAnswers, NO_EARLIER } from "./reuse.js";
import { promptsOf, rewriterOf } from "./rewriters.js";

/**
 * What making a data set would ask and cost, and what the language models that score it (`scorers`) would; asks and
 * writes nothing, and needs no key. What no judge has said yet, and what a classifier would say, is taken as W = 0.
 */
export async function estimateDataset(
  job: DatasetJob,
  world: Context,
  scorers: readonly ScoringForecast[] = [],
): Promise<Estimate[]> {
  const { environment, project } = world;
  const keys = { OPENAI_API_KEY: "none", ANTHROPIC_API_KEY: "none" };
  const context = { ...world, environment: { ...environment, ...keys } };
  const paidModels = await paidModelsOf(job, context);
  const known =
    isJudged(job) && job.reuse !== false
      ? await knownLabels(attributeOf(job.template), judgeFacts(job, context), project)
      : unknownLabel;
  const { treated } = job.template;
  const isGuessed = isJudged(job) || (typeof treated === "object" && treated.by === "model");
  const loaded = await loadExamples(job.template, context, isGuessed ? guesses(known) : null);
  try {
    const { attribute, examples } = loaded;
    const asked = rewriterOf(job, loaded, context, null);
    const earlier = job.reuse === false ? NO_EARLIER : await earlierAnswers(asked, project, null);
    const held = await heldRequests(project, job.template.name, null);
    const work = { earlier, held, answers: Answers.none(), promptOf: promptsOf(attribute) };
    const planned = {
      ...work,
      placebo: job.placebo ?? false,
      thirdPass: job.thirdPass ?? false,
      attribute,
      known,
      examples,
    };
    return await estimatesOf({ ...planned, judgesOriginals: judgesOriginals(job) }, paidModels, scorers);
  } finally {
    await loaded.examples.close();
  }
}

/** Where no judge has said anything. */
export const unknownLabel: KnownLabel = () => undefined;

/** Labels as far as a judge has said them, and W = 0 for the rest: for estimates. */
export function guesses(known: KnownLabel): Labeller {
  const label = (text: ScoringInput) => {
    const found = known(text);
    return found === undefined ? false : found;
  };
  return {
    kind: "judge",
    facts: {},
    batch: 1,
    label: async (texts) => texts.map(label),
    close: async () => undefined,
  };
}
