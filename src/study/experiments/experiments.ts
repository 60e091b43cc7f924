import { findTemplate } from "../../datasets/templates/index.js";
import { inputError } from "../../domain/errors.js";
import { inferenceOf, nameFromFile } from "../../estimation/stage/choices.js";
import type { SyntheticFile } from "../../reporting/stage/synthetic-file.js";
import { plantBonus } from "../../scoring/planted.js";
import { keysIn } from "../../storage/examples/scored.js";
import type { Context } from "../../storage/project/context.js";
import { modelsOf } from "../models.js";
import { type ModelJob, OpenModels, runStudy, scoreWith } from "../study.js";
import { lettersPerWord } from "./complexity.js";
import { fieldValue, originalReward, runSweep, type SweepWork } from "./sweep.js";

/** Attribute and confounder of an experiment, and what stands for them where no data is given. */
interface Experiment {
  readonly concept: string;
  readonly labels: SweepWork["labels"];
  readonly confounder: { readonly name: string; readonly labels: SweepWork["confounder"]["labels"] };
  /** The field that holds the confounder; null for the reward of the original. */
  readonly field: string | null;
  readonly embedded: {
    readonly template: string;
    readonly model: () => Promise<ModelJob>;
    readonly concept: string;
    readonly labels: SweepWork["labels"];
    readonly confounder: SweepWork["confounder"]["of"] | null;
  };
}

export const SWEEPS = {
  "length-sentiment": {
    concept: "length",
    labels: { treated: "long", untreated: "short" },
    confounder: { name: "sentiment", labels: { high: "positive", low: "negative" } },
    field: null,
    embedded: {
      template: "reviews_length",
      model: embeddedModel,
      concept: "length",
      labels: { treated: "long", untreated: "short" },
      confounder: null,
    },
  },
  "helpfulness-complexity": {
    concept: "helpfulness",
    labels: { treated: "helpful", untreated: "unhelpful" },
    confounder: { name: "complexity", labels: { high: "complex", low: "simple" } },
    field: "complexity",
    embedded: {
      template: "reviews_formality",
      model: complexityLover,
      concept: "formality",
      labels: { treated: "formal", untreated: "informal" },
      confounder: ({ completions }) => lettersPerWord(completions.original ?? ""),
    },
  },
} as const satisfies Record<string, Experiment>;

export type SweepName = keyof typeof SWEEPS;

async function embeddedModel(): Promise<ModelJob> {
  const [model] = await modelsOf("embedded");
  return model!;
}

/** Added to the reward of texts with long words, in reward units. */
const COMPLEXITY_BONUS = 2;
/** Letters of a word above which a text counts as complex: about the median of the embedded sentences. */
const COMPLEX = 4.2;

/** The embedded reward model with a known taste for long words, so that complexity confounds. */
async function complexityLover(): Promise<ModelJob> {
  const embedded = await embeddedModel();
  const rewardKey = `${embedded.rewardKey}+complexity`;
  return {
    name: `${embedded.name}_complexity`,
    rewardKey,
    description: `${embedded.description} with a planted bonus of ${COMPLEXITY_BONUS} above ${COMPLEX} letters a word`,
    open: async (context) => {
      const model = await embedded.open(context);
      return plantBonus(model, {
        rewardKey,
        bonus: COMPLEXITY_BONUS,
        attribute: "complexity",
        classify: (text) => (lettersPerWord(text) ?? 0) > COMPLEX,
      });
    },
  };
}

/**
 * The data of a sweep: a scored file, or one of rewrites with a reward model to score it; null for the embedded
 * sentences.
 */
export interface SweepData {
  readonly file: string;
  readonly rewardKey: string | null;
  readonly model: ModelJob | null;
  readonly concept: string | null;
  /** Field with the confounder, instead of the experiment's own. */
  readonly confounder: string | null;
}

/** Runs one of the sweeps. */
export async function runExperiment(
  name: SweepName,
  data: SweepData | null,
  seed: number,
  context: Context,
): Promise<SyntheticFile> {
  const experiment: Experiment = SWEEPS[name];
  const { confounder } = experiment;
  const common = {
    name,
    seed,
    title: `${capital(experiment.concept)} while ${confounder.name} goes with it`,
  };
  if (data === null) {
    const { embedded } = experiment;
    const study = {
      datasets: [{ template: findTemplate(embedded.template), rewriter: "builtin" as const }],
      models: [await embedded.model()],
      inference: inferenceOf(undefined),
    };
    const [result] = await runStudy(study, context);
    const rewardKey = result!.effects.reward_key;
    return runSweep(
      {
        ...common,
        title: `${capital(embedded.concept)} while ${confounder.name} goes with it`,
        scored: result!.scored,
        rewardKey,
        concept: embedded.concept,
        score: result!.model.split("/").at(-1)!,
        labels: embedded.labels,
        confounder: {
          source: embedded.confounder ? confounder.name : REWARD,
          labels: confounder.labels,
          of: embedded.confounder ?? originalReward(rewardKey),
        },
      },
      context,
    );
  }
  const { scored, rewardKey } = await scoredOf(data, context);
  const field = data.confounder ?? experiment.field;
  return runSweep(
    {
      ...common,
      scored,
      rewardKey,
      concept: data.concept ?? experiment.concept,
      score: rewardKey.split("/").at(-1)!,
      labels: experiment.labels,
      confounder: {
        source: field ?? REWARD,
        labels: confounder.labels,
        of: field === null ? originalReward(rewardKey) : fieldValue(field),
      },
    },
    context,
  );
}

/** The scored file and the reward key that are meant; scores a file of rewrites. */
async function scoredOf(
  { file, rewardKey, model }: SweepData,
  context: Context,
): Promise<{ scored: string; rewardKey: string }> {
  if (model) {
    const models = new OpenModels(context);
    try {
      const scored = await scoreWith(
        { dataset: nameFromFile(file), input: file, job: model, models },
        context,
      );
      return { scored, rewardKey: (await models.get(model)).rewardKey };
    } finally {
      await models.dispose();
    }
  }
  const keys = [...(await keysIn(file))];
  const wanted = rewardKey ?? (keys.length === 1 ? keys[0]! : null);
  if (wanted !== null) return { scored: file, rewardKey: wanted };
  throw inputError(
    keys.length === 0
      ? `${file}: holds no rewards; name a reward model to score it with (--model)`
      : `${file}: holds scores of several reward models; say which with --reward-key (${keys.join(", ")})`,
  );
}

const REWARD = "the original's reward";

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
