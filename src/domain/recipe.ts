/** A recipe: how a reward model is called, as data. */

/** What can run a reward model: ONNX Runtime in this process, a server, or the repository's own server for `transformers`. */
export type Runtime = "onnx" | "vllm" | "sglang" | "tei" | "transformers";

/** How the number that a model gives becomes the reward. It is always the raw one: no sigmoid, no softmax. */
export interface RewardOutput {
  /** Name of the output: `logits`, or for example ArmoRM's `score`. */
  readonly field: string;
  /** Which of its values, by number from 0 or by the label that the model's `config.json` gives it. */
  readonly value: number | string;
  /** A value that is subtracted from it. */
  readonly minus?: number | string;
}

export interface Recipe {
  /** The name that configurations use, and file names. */
  readonly name: string;
  /** A repository of the Hugging Face Hub (`org/name`), or a folder (a path that begins with `/`, `./` or `../`). */
  readonly model: string;
  /** Branch, tag or commit of the repository. */
  readonly revision: string;
  /** The key under which rewards are stored. */
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
  /** Longest input in tokens, special ones included. */
  readonly maxTokens: number;
  /** Which end of a response that is too long is cut off; `refuse` makes it an error. The frame around the response is never cut. */
  readonly truncation: "right" | "left" | "refuse";
  readonly output: RewardOutput;
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
  /** What one should know before comparing scores. */
  readonly notes?: string;
}

/** What a template must say; the rest has defaults. */
export type RecipeFields = Pick<Recipe, "name" | "model" | "input"> & Partial<Recipe>;

/** A whole template from what was said of it. */
export function recipeOf(fields: RecipeFields): Recipe {
  const chat = fields.input === "chat";
  return {
    revision: "main",
    rewardKey: fields.model,
    bos: "once",
    dialogue: "turns",
    maxTokens: chat ? 4096 : 512,
    truncation: "right",
    output: { field: "logits", value: 0 },
    dtype: chat ? "bfloat16" : "float32",
    licence: "unknown",
    runtimes: chat ? ["vllm", "sglang", "transformers", "onnx"] : ["onnx", "tei", "transformers"],
    weights: "fp32",
    trustRemoteCode: false,
    ...fields,
  };
}
