import { readFile } from "node:fs/promises";
import { contentOf } from "../in-process/chat-template.js";
import type { ModelFiles } from "../in-process/model-files.js";
import { headKeys, readWeightNames, type WeightNames } from "./weights.js";

/** What a look at a model's files says of how it is called. */
export interface Proposal {
  /** A recipe as YAML says it, as far as the files tell. */
  readonly recipe: Readonly<Record<string, unknown>>;
  /** What the files do not tell and the recipe needs. */
  readonly missing: readonly string[];
  /** What was seen, and what to look at before a score is believed. */
  readonly notes: readonly string[];
}

type Json = Readonly<Record<string, unknown>>;

/** Proposes a recipe from a model's config, tokenizer and the names of its weights; nothing is loaded or run. */
export async function proposeRecipe(model: string, files: ModelFiles): Promise<Proposal> {
  const config = await readJson(files, "config.json");
  const settings = await readJson(files, "tokenizer_config.json");
  const template = (await files.find("chat_template.jinja")) !== null || settings.chat_template !== undefined;
  return propose(model, {
    config,
    settings,
    hasChatTemplate: template,
    hasTokenizer: (await files.find("tokenizer.json")) !== null,
    weights: await readWeightNames(files),
  });
}

/** The files' content, for `propose`. */
export interface Seen {
  readonly config: Json;
  readonly settings: Json;
  readonly hasChatTemplate: boolean;
  readonly hasTokenizer: boolean;
  readonly weights: WeightNames | null;
}

const ENCODERS = /^(?:bert|albert|distilbert|deberta|deberta-v2|roberta|xlm-roberta|electra)$/;

function propose(
  model: string,
  { config, settings, hasChatTemplate, hasTokenizer, weights }: Seen,
): Proposal {
  const missing: string[] = [];
  const notes: string[] = [];
  if (Object.keys(config).length === 0) missing.push("config.json: is it a model of transformers?");
  if (!hasTokenizer)
    missing.push("tokenizer.json: save the tokenizer once with transformers' fast class (save_pretrained)");
  const encoder = ENCODERS.test(String(config.model_type));
  const recipe: Record<string, unknown> = { model, input: encoder ? "pair" : "chat" };
  if (!encoder && !hasChatTemplate)
    missing.push("a chat template: none is in the tokenizer's files; say chat_template");
  if (encoder)
    notes.push("an encoder: a pair of prompt and response, or the response alone (input: response)?");
  Object.assign(recipe, classOf(config, weights, missing, notes));
  if (config.model_type === "gemma2") {
    recipe.attention = "eager";
    notes.push("Gemma 2: under sdpa the soft-capping of its attention is lost");
  }
  const pad = config.pad_token_id;
  const [eos, bos] = [contentOf(settings.eos_token), contentOf(settings.bos_token)];
  if (!encoder && (pad === undefined || pad === null))
    notes.push(
      "config.json names no pad token: vLLM and the reward server read the last token; in process texts run alone",
    );
  if (!encoder && pad !== undefined && pad !== null && pad === config.eos_token_id)
    notes.push(
      `the pad token is the end of the text (${eos ?? pad}): where texts end with it, runtimes read the reward at different tokens; the probe says so (pad)`,
    );
  if (!encoder && bos === undefined) notes.push("no BOS token");
  if (weights === null)
    notes.push(
      "the names of its weights are not at hand: whether they fit the class is seen when it is loaded",
    );
  return { recipe, missing, notes };
}

/** Class, head and output, by the config's architecture and the weights outside the network's body. */
function classOf(config: Json, weights: WeightNames | null, missing: string[], notes: string[]): Json {
  const autoMap = Object.keys((config.auto_map ?? {}) as Json).filter((name) => name.startsWith("AutoModel"));
  const [architecture = ""] = (Array.isArray(config.architectures) ? config.architectures : []) as string[];
  const heads = weights === null ? [] : headKeys(weights);
  if (heads.length > 0) notes.push(`weights of its head: ${heads.slice(0, 8).join(", ")}`);
  if (autoMap.length > 0) {
    const wanted = autoMap.find((name) => name.includes("SequenceClassification")) ?? autoMap[0]!;
    notes.push(
      `it comes with code of its own (${autoMap.join(", ")}), which is run with trust_remote_code: read it first`,
    );
    missing.push(
      'output.field: which output of its code is the reward (logits, score, or a place in a tuple, such as "0")?',
    );
    return {
      trust_remote_code: true,
      ...(wanted !== "AutoModelForSequenceClassification" && { class: wanted }),
    };
  }
  if (/ForTokenClassification|ProcessReward/.test(architecture)) {
    missing.push("output.steps.tag: the token after each step");
    return { class: "AutoModelForTokenClassification", output: { steps: { tag: "?", reduce: "min" } } };
  }
  const layers = layersOf(heads);
  const plain = heads.includes("score.weight") || heads.some((key) => /^classifier\b/.test(key));
  if (!plain && layers.length > 0) {
    notes.push(
      "a head that transformers has no class for: the reward server builds it from the weights' names; check the activation between its layers",
    );
    return {
      class: "AutoModel",
      head: { layers, activation: layers.length > 1 ? "relu" : "none" },
      ...(heads.includes("lm_head.weight") && { ignore_weights: ["lm_head.weight"] }),
    };
  }
  if (/ForCausalLM/.test(architecture) && !plain) {
    missing.push(
      "what its reward is: the logit of a token (output.token), or beta and a reference_model for a policy; one that writes its judgement is a judge (runtime: judge)",
    );
    return { class: "AutoModelForCausalLM" };
  }
  if (weights !== null && !plain)
    missing.push(
      `a head: the weights outside the network's body are ${heads.join(", ") || "none"}, and ${architecture || "the class"} needs one`,
    );
  const labels = Object.entries((config.id2label ?? {}) as Json);
  if (labels.length <= 1) return {};
  return {
    output: { heads: Object.fromEntries(labels.map(([number, label]) => [String(label), Number(number)])) },
  };
}

/** Linear layers of a head, in the order of their numbers. */
function layersOf(heads: readonly string[]): string[] {
  return heads
    .filter((key) => key.endsWith(".weight") && key !== "lm_head.weight")
    .map((key) => key.replace(/\.weight$/, ""))
    .sort((a, b) => a.localeCompare(b, "en", { numeric: true }));
}

async function readJson(files: ModelFiles, path: string): Promise<Json> {
  const file = await files.find(path);
  if (file === null) return {};
  const value: unknown = JSON.parse(await readFile(file, "utf8"));
  return typeof value === "object" && value !== null ? (value as Json) : {};
}
