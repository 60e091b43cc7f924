/** A recipe: how a reward model is called, as data. */

import type { Check } from "./probe.js";

/** What can run a reward model: ONNX Runtime in this process, a server, or the repository's own server for `transformers`. */
export const RECIPE_RUNTIMES = ["onnx", "vllm", "sglang", "tei", "transformers"] as const;
export type Runtime = (typeof RECIPE_RUNTIMES)[number];

/** The classes of `transformers` that a model may be loaded with. */
export const MODEL_CLASSES = [
  "AutoModelForSequenceClassification",
  "AutoModelForTokenClassification",
  "AutoModelForCausalLM",
  "AutoModel",
] as const;
export type ModelClass = (typeof MODEL_CLASSES)[number];

export const ATTENTIONS = ["eager", "sdpa", "flash_attention_2"] as const;
export const STEP_REDUCTIONS = ["min", "product", "last"] as const;
export type StepReduction = (typeof STEP_REDUCTIONS)[number];

/** A value of an output, by number from 0 or by the label that the model's `config.json` gives it, and one that is subtracted from it. */
export interface OutputValue {
  readonly value: number | string;
  readonly minus?: number | string;
}

/** A model that scores each step of a response. */
export interface StepOutput {
  /** The token after each step, where its score is read. */
  readonly tag: string;
  /** What separates the steps of a response. */
  readonly separator: string;
  /** How the probabilities of the steps become one reward. */
  readonly reduce: StepReduction;
}

/** How the numbers that a model gives become rewards. They are always raw: no sigmoid, no softmax, but for the steps of a step model. */
export interface RewardOutput extends OutputValue {
  /** Name of the output: `logits`, for example ArmoRM's `score`, or the place in a tuple. */
  readonly field: string;
  /** Several rewards of one pass, by the names of their heads. */
  readonly heads?: Readonly<Record<string, OutputValue>>;
  /** Of a causal language model, the logit of this token (its text or id) after the text; `minus` is a token too. */
  readonly token?: number | string;
  readonly steps?: StepOutput;
}

/** One of the rewards that a model gives in one pass. */
export interface Head extends OutputValue {
  readonly name: string;
  /** The key under which its rewards are stored. */
  readonly rewardKey: string;
}

/** A head that `transformers` has no class for: linear layers on the last token's hidden state, by the names of their weights. */
export interface HeadLayers {
  /** In their order, without `.weight` and `.bias`. */
  readonly layers: readonly string[];
  /** What stands between them. */
  readonly activation: "relu" | "gelu" | "silu" | "tanh" | "none";
}

/** Scores that are known of a text, by its authors' call or one's own. */
export interface ReferenceScore {
  readonly prompt: string;
  readonly response: string;
  readonly reward: number;
  /** The largest difference that is still the same score. */
  readonly tolerance: number;
  /** Where it is from. */
  readonly source?: string | undefined;
}

export interface Recipe {
  /** The name that configurations use, and file names. */
  readonly name: string;
  /** A repository of the Hugging Face Hub (`org/name`), or a folder (a path that begins with `/`, `./` or `../`). */
  readonly model: string;
  /** Branch, tag or commit of the repository. */
  readonly revision: string;
  /** The key under which rewards are stored; with several heads, what their keys begin with. */
  readonly rewardKey: string;
  /**
   * What the model reads: `chat`, its tokenizer's chat template over the prompt and the response; `pair`, prompt and response as a pair of
   * sequences; `response`, the response alone.
   */
  readonly input: "chat" | "pair" | "response";
  /**
   * The token that begins a sequence in chats. `once`: one where the tokenizer or its chat template begins with it, never two, and none
   * where the model has no such token; `none`: it is taken away.
   */
  readonly bos: "once" | "none";
  /** A prompt written as a dialogue (`Human: …`, `Assistant: …`) becomes the turns of a chat, or stays one message. */
  readonly dialogue: "turns" | "message";
  /** A chat template in place of the tokenizer's. */
  readonly chatTemplate?: string;
  /** A system message that begins every chat. */
  readonly system?: string;
  /** Further variables of the chat template, such as `enable_thinking`. */
  readonly templateKwargs?: Readonly<Record<string, unknown>>;
  /** A token at the end of every chat, by its text or id, where the model reads its reward. */
  readonly append?: string | number;
  /** Longest input in tokens, special ones included. */
  readonly maxTokens: number;
  /** Which end of a response that is too long is cut off; `refuse` makes it an error. The frame around the response is never cut. */
  readonly truncation: "right" | "left" | "refuse";
  /** The class of `transformers` that loads it. */
  readonly modelClass: ModelClass;
  readonly headLayers?: HeadLayers;
  /** Weights of the files that the class has no use for, as patterns with `*`. All others must be there, and no more. */
  readonly ignoreWeights?: readonly string[];
  /** The attention that the model needs; absent, that of `transformers`. */
  readonly attention?: (typeof ATTENTIONS)[number];
  readonly output: RewardOutput;
  /** The rewards of one pass, at least one. */
  readonly heads: readonly Head[];
  /** A policy's reference model: the reward is `beta` × (log π − log π_ref) of the response. */
  readonly referenceModel?: string;
  readonly beta?: number;
  /** Type of the weights as the model's authors run it. ONNX files have their own, see `weights`. */
  readonly dtype: "float32" | "float16" | "bfloat16";
  /** Licence of the weights, as the model's page names it; `unknown` where it names none. */
  readonly licence: string;
  /** What runs it, the first one by default. */
  readonly runtimes: readonly Runtime[];
  /** The ONNX file: one of the usual names for that precision, or a path in the repository or folder. */
  readonly weights: "fp32" | "fp16" | "int8" | (string & {});
  /** Whether code from the repository has to be run. */
  readonly trustRemoteCode: boolean;
  /** The name under which a server serves it, where that differs from the model's on purpose: an alias, a LoRA adapter. */
  readonly servedModel?: string;
  /** Scores to compare with, of `rate score --check`. */
  readonly references: readonly ReferenceScore[];
  /** Findings of the probe that are in the model's nature. */
  readonly allowProbe: readonly Check[];
  /** What one should know before comparing scores. */
  readonly notes?: string;
}

/** What a recipe must say; the rest has defaults. */
export type RecipeFields = Pick<Recipe, "name" | "model" | "input"> & Partial<Omit<Recipe, "heads">>;

/** A whole recipe from what was said of it. */
export function recipeOf(fields: RecipeFields): Recipe {
  const chat = fields.input === "chat";
  const output = fields.output ?? { field: "logits", value: 0 };
  const rewardKey = fields.rewardKey ?? fields.model;
  const whole = {
    revision: "main",
    rewardKey,
    bos: "once",
    dialogue: "turns",
    maxTokens: chat ? 4096 : 512,
    truncation: "right",
    modelClass: "AutoModelForSequenceClassification",
    output,
    dtype: chat ? "bfloat16" : "float32",
    licence: "unknown",
    weights: "fp32",
    trustRemoteCode: false,
    references: [],
    allowProbe: [],
    ...fields,
    heads: headsOf(fields.name, rewardKey, output),
  } as const;
  return { ...whole, runtimes: fields.runtimes ?? usualRuntimes(whole) };
}

function headsOf(name: string, rewardKey: string, { heads, value, minus }: RewardOutput): Head[] {
  if (heads === undefined) return [{ name, rewardKey, value, ...(minus !== undefined && { minus }) }];
  return Object.entries(heads).map(([head, place]) => ({
    name: `${name}_${head}`,
    rewardKey: `${rewardKey}:${head}`,
    ...place,
  }));
}

/** What can run a model of that kind: only the repository's own server knows heads and losses that `transformers` has no class for. */
function usualRuntimes(recipe: Omit<Recipe, "runtimes">): Runtime[] {
  const { input, modelClass, headLayers, output, trustRemoteCode, referenceModel } = recipe;
  if (headLayers || referenceModel !== undefined || trustRemoteCode) return ["transformers"];
  if (output.steps) return ["vllm", "transformers", "onnx"];
  if (output.token !== undefined) return ["transformers", "onnx"];
  if (modelClass !== "AutoModelForSequenceClassification") return ["transformers"];
  return input === "chat" ? ["vllm", "sglang", "transformers", "onnx"] : ["onnx", "tei", "transformers"];
}
