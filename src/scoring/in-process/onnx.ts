import { availableParallelism } from "node:os";
import type { HubSetting } from "../../datasets/sources/hub.js";
import { inputError, RateError } from "../../domain/errors.js";
import type { Recipe } from "../../domain/recipe.js";
import type { RewardModel, Score, ScoringInput } from "../../domain/reward-model.js";
import { describeOutput, outputReader, rewardsAt } from "../outputs.js";
import { readWeightNames, weightFault } from "../recipes/weights.js";
import { type Batching, batchesOf, roundUp } from "./batches.js";
import { type EncodedInput, type Encoder, openEncoder } from "./encoder.js";
import { openModelFiles } from "./model-files.js";
import { type OnnxSession, openSession } from "./onnx-session.js";

/** What fills one core: longer texts gain nothing from company, and cost memory. */
const TOKENS_PER_CORE = 64;
/** Tokens in a batch of short texts. */
const BATCH_TOKENS = 4096;

/** Opens a model that runs in this process. Throws when its files are missing or are no such model. */
export async function openOnnxModel(recipe: Recipe, world: HubSetting): Promise<RewardModel> {
  const files = await openModelFiles(recipe, world);
  const encoder = await openEncoder(recipe, files);
  const reader = outputReader(recipe, encoder.config, files.name);
  if (encoder.padAtEnd !== null && !recipe.allowProbe.includes("pad"))
    throw inputError(
      `${recipe.name}: ${encoder.padAtEnd}; give the model another pad token, or accept it with allow_probe: [pad] in the recipe`,
    );
  const weights = await readWeightNames(files);
  const fault = weights === null ? null : weightFault(recipe, weights, encoder.config);
  if (fault !== null)
    throw inputError(`${recipe.name}: ${fault}; a graph exported from them so has a random head`);
  const session = await openSession(recipe, files, encoder);
  const shared: Batching = {
    budget: BATCH_TOKENS,
    fill: encoder.padId === null ? (tokens) => tokens : roundUp,
    alone: TOKENS_PER_CORE * availableParallelism(),
  };
  const harmless = await batchesAreHarmless(encoder, session, shared);
  const batching = harmless ? shared : { ...shared, alone: 0 };
  const work = { tokens: 0, places: 0 };

  const score = async (inputs: readonly ScoringInput[]): Promise<Score[]> => {
    const encoded = inputs.map((input) => encode(encoder, input));
    const distinct = [...new Map(encoded.map((text) => [text.inputHash, text])).values()];
    const rewards = new Map<string, number[]>();
    for (const { length, places } of batchesOf(
      distinct.map(({ tokens }) => tokens),
      batching,
    )) {
      const texts = places.map((place) => distinct[place]!);
      const outputs = await runBatch(session, texts, length, batching);
      for (const [row, { inputHash, tokens }] of texts.entries()) {
        rewards.set(inputHash, rewardsAt(outputs[row]!, reader, files.name));
        work.tokens += tokens;
      }
      work.places += length * texts.length;
    }
    return encoded.map(({ tokens, truncated, bosCount, inputHash }) => {
      const [reward, ...others] = rewards.get(inputHash)!;
      const all = { reward: reward!, ...(others.length > 0 && { others }) };
      return { ...all, tokens, truncated, bosCount, inputHash };
    });
  };

  return {
    rewardKey: reader.rewardKeys[0]!,
    otherKeys: reader.rewardKeys.slice(1),
    facts: {
      ...session.facts,
      ...encoder.facts,
      output: describeOutput(recipe),
      ...(!harmless && { batching: "one text at a time: scores depend on what shares a batch" }),
    },
    work: () => ({ ...work }),
    score,
    dispose: () => session.dispose(),
  };
}

/** A text that could share its batch but does not is run twice over: a single row goes through other arithmetic than several do. */
function runBatch(
  session: OnnxSession,
  texts: readonly EncodedInput[],
  length: number,
  { alone }: Batching,
): Promise<ArrayLike<number>[]> {
  const lonely = texts.length === 1 && length < alone;
  return session.run(lonely ? [...texts, ...texts] : texts, length);
}

/** Texts of different content and about equal length. */
const PROBES = [
  "A good answer, which says what was asked and no more.",
  "Never again! Two hours of my life, and 9.95 dollars gone.",
  "def add(first, second): return first + second # done",
  "Das ist ein kurzer Satz; der nächste ist noch kürzer.",
  "",
];

/**
 * Whether a text's reward has the same digits whatever shares its batch. It has not where a graph looks at a whole batch, as int8
 * graphs do when they scale the numbers between their layers.
 */
async function batchesAreHarmless(
  encoder: Encoder,
  session: OnnxSession,
  batching: Batching,
): Promise<boolean> {
  const texts = PROBES.map((response) => encoder.encode({ prompt: "Write something.", response }));
  const longest = Math.max(...texts.map(({ tokens }) => tokens));
  const length = batching.fill(longest);
  const alike = encoder.padId === null ? texts.filter(({ tokens }) => tokens === longest) : texts;
  const together = await session.run([...alike, ...alike], length);
  for (const [index, text] of alike.entries()) {
    const [alone] = await runBatch(session, [text], length, batching);
    if (Array.from(alone!).some((value, at) => !Object.is(value, together[index]![at]))) return false;
  }
  return true;
}

/** The same; errors tell which response it was. */
function encode(encoder: Encoder, input: ScoringInput): EncodedInput {
  try {
    return encoder.encode(input);
  } catch (error) {
    if (!(error instanceof RateError)) throw error;
    const start = JSON.stringify(input.response.slice(0, 60));
    throw new RateError(error.kind, `the response ${start}: ${error.message}`, { cause: error });
  }
}
