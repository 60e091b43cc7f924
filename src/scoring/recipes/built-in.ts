import { join } from "node:path";
import { inputError } from "../../domain/errors.js";
import { type Recipe, type RecipeFields, recipeOf } from "../../domain/recipe.js";
import { closest } from "../../domain/suggest.js";
import { HOME } from "../../storage/package/folders.js";

const SST2 = {
  model: "distilbert/distilbert-base-uncased-finetuned-sst-2-english",
  input: "response",
  licence: "apache-2.0",
  weights: "onnx/model.onnx",
} as const;

/** Llama-3 classifiers called as their cards say: the chat template, one BOS, the raw logit. */
const LLAMA3 = { input: "chat", maxTokens: 8192 } as const;

const SKYWORK = {
  input: "chat",
  maxTokens: 16384,
  notes: "Scores reach about ±50, where bfloat16 has steps of 0.25.",
} as const;

/** The built-in recipes, by name. */
const TEMPLATES: Readonly<Record<string, Omit<RecipeFields, "name">>> = {
  embedded: {
    model: join(HOME, "assets", "models", "review-sentiment"),
    rewardKey: "rate/review-sentiment",
    input: "response",
    licence: "mit",
    runtimes: ["onnx"],
    notes:
      "A small classifier of review sentences, for trials: its reward is the log-odds that a text is positive.",
  },
  distilbert_positive: {
    ...SST2,
    rewardKey: `${SST2.model}:POSITIVE`,
    output: { field: "logits", value: "POSITIVE" },
  },
  distilbert_negative: {
    ...SST2,
    rewardKey: `${SST2.model}:NEGATIVE`,
    output: { field: "logits", value: "NEGATIVE" },
  },
  distilbert_sentiment: {
    ...SST2,
    rewardKey: `${SST2.model}:POSITIVE-NEGATIVE`,
    output: { field: "logits", value: "POSITIVE", minus: "NEGATIVE" },
    notes: "The log-odds that a text is positive: above 0 where the classifier says so.",
  },
  deberta: {
    model: "OpenAssistant/reward-model-deberta-v3-large-v2",
    input: "pair",
    licence: "mit",
    runtimes: ["transformers", "tei", "onnx"],
    notes: "Its tokenizer names no longest input; it is cut at 512 tokens, as it was trained.",
  },
  armorm: {
    ...LLAMA3,
    model: "RLHFlow/ArmoRM-Llama3-8B-v0.1",
    output: { field: "score", value: 0 },
    maxTokens: 4096,
    licence: "llama3",
    runtimes: ["transformers"],
    trustRemoteCode: true,
    notes:
      "Its code looks for the assistant's header in the tokens, so the header is never cut. Scores are small (about 0 to 0.2): bfloat16 has steps of 0.001 to 0.0002 there.",
  },
  sfairxc: {
    ...LLAMA3,
    model: "sfairXC/FsfairX-LLaMA3-RM-v0.1",
    licence: "cc-by-nc-4.0",
    notes: "Trained without BOS by accident, called with one by its card; bos: none calls it as trained.",
  },
  ncsoft: { ...LLAMA3, model: "NCSOFT/Llama-3-OffsetBias-RM-8B", licence: "llama3" },
  skywork_v2_llama_8b: { ...SKYWORK, model: "Skywork/Skywork-Reward-V2-Llama-3.1-8B", licence: "llama3.1" },
  skywork_v2_llama_8b_40m: {
    ...SKYWORK,
    model: "Skywork/Skywork-Reward-V2-Llama-3.1-8B-40M",
    licence: "llama3.1",
  },
  skywork_v2_llama_3b: { ...SKYWORK, model: "Skywork/Skywork-Reward-V2-Llama-3.2-3B", licence: "llama3.2" },
  skywork_v2_llama_1b: { ...SKYWORK, model: "Skywork/Skywork-Reward-V2-Llama-3.2-1B", licence: "llama3.2" },
  skywork_v2_qwen_8b: { ...SKYWORK, model: "Skywork/Skywork-Reward-V2-Qwen3-8B", licence: "apache-2.0" },
  skywork_v2_qwen_4b: { ...SKYWORK, model: "Skywork/Skywork-Reward-V2-Qwen3-4B", licence: "apache-2.0" },
  skywork_v2_qwen_1_7b: { ...SKYWORK, model: "Skywork/Skywork-Reward-V2-Qwen3-1.7B", licence: "apache-2.0" },
  skywork_v2_qwen_0_6b: { ...SKYWORK, model: "Skywork/Skywork-Reward-V2-Qwen3-0.6B", licence: "apache-2.0" },
};

export const REWARD_MODELS = Object.keys(TEMPLATES);

/** The built-in recipe of that name. Throws with the known names when there is none. */
export function findRecipe(name: string): Recipe {
  const found = Object.hasOwn(TEMPLATES, name) ? TEMPLATES[name] : undefined;
  if (found) return recipeOf({ name, ...found });
  const near = closest(name, REWARD_MODELS);
  throw inputError(
    `there is no reward model ${JSON.stringify(name)}${near ? `; did you mean ${near}?` : ""} (known: ${REWARD_MODELS.join(", ")}; your own: the path of its .yaml file)`,
  );
}
