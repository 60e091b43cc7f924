import { inputError, RateError } from "../../domain/errors.js";
import { TEXT_KEYS } from "../../domain/example.js";
import type { Recipe } from "../../domain/recipe.js";
import type { ScoringInput } from "../../domain/reward-model.js";
import type { Serving } from "../../domain/serving.js";
import { readStored } from "../../storage/examples/stored.js";
import { type EncodedInput, openEncoder, type Piece } from "../in-process/encoder.js";
import { openModelFiles } from "../in-process/model-files.js";
import { openRecipe, runtimeOf } from "../index.js";
import type { ScorerWorld } from "../served.js";

/** What a reward model makes of one example, for a person to see whether it is right. */
export interface ScoreCheck {
  readonly template: Recipe;
  readonly input: ScoringInput;
  readonly encoded: EncodedInput;
  /** What the model reads, token by token as text. */
  readonly pieces: readonly Piece[];
  readonly maxTokens: number;
  /** Facts of the model's files, and of its weights where they could be loaded. */
  readonly facts: Readonly<Record<string, unknown>>;
  /** The reward; null where it cannot be had here. */
  readonly reward: number | null;
  /** Why there is none. */
  readonly reason: string | null;
}

/** For checks without a data set. */
export const SAMPLE: ScoringInput = {
  prompt: "What is the capital of France?",
  response: "The capital of France is Paris.",
};

/** Shows one example as a template's model reads it, and its reward. Tokenizer and chat template suffice; weights are used where there are any. */
export async function checkScoring(
  template: Recipe,
  input: ScoringInput,
  world: ScorerWorld,
  serving: Serving = {},
): Promise<ScoreCheck> {
  const encoder = await openEncoder(template, await openModelFiles(template, world));
  const encoded = encoder.encode(input);
  const shown = {
    template,
    input,
    encoded,
    pieces: encoder.show(encoded.ids),
    maxTokens: encoder.maxTokens,
  };
  try {
    // A look at an input is no reason to start a server and load its weights.
    if (serving.runtime === undefined && runtimeOf(template, serving) === "transformers")
      throw inputError("give --runtime transformers to start the reward server for it");
    const model = await openRecipe(template, world, serving);
    try {
      const [score] = await model.score([input]);
      return { ...shown, facts: model.facts, reward: score!.reward, reason: null };
    } finally {
      await model.dispose();
    }
  } catch (error) {
    if (!(error instanceof RateError)) throw error;
    return { ...shown, facts: encoder.facts, reward: null, reason: error.message };
  }
}

/** The first original of a file. */
export async function firstInput(file: string): Promise<ScoringInput> {
  for await (const { completions, reward_question } of readStored(file)) {
    const response = completions[TEXT_KEYS.original] ?? completions[TEXT_KEYS.rewrite];
    if (response !== undefined) return { prompt: reward_question, response };
  }
  throw inputError(`${file}: holds no text to check with`);
}
