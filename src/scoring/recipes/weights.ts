import { open, readFile } from "node:fs/promises";
import type { Recipe } from "../../domain/recipe.js";
import type { ModelFiles } from "../in-process/model-files.js";

/** Names of the weights in a model's files, without loading them. */
export interface WeightNames {
  /** The file that told them. */
  readonly source: string;
  readonly keys: readonly string[];
}

/** A header of a safetensors file is not longer, as its format says. */
const LONGEST_HEADER = 100_000_000;

/** Names of a model's weights, by the index of its shards or the header of its one file; null where neither is at hand. */
export async function readWeightNames(files: ModelFiles): Promise<WeightNames | null> {
  for (const source of ["model.safetensors.index.json", "pytorch_model.bin.index.json"]) {
    const path = await files.find(source);
    if (path === null) continue;
    const index: unknown = JSON.parse(await readFile(path, "utf8"));
    const map = (index as { weight_map?: unknown }).weight_map;
    if (typeof map === "object" && map !== null) return { source, keys: Object.keys(map) };
  }
  const source = "model.safetensors";
  // One large file is not fetched for its names.
  const path = files.commit === null ? await files.find(source) : null;
  return path === null ? null : { source, keys: await namesIn(path) };
}

async function namesIn(path: string): Promise<string[]> {
  const file = await open(path);
  try {
    const { buffer } = await file.read(Buffer.alloc(8), 0, 8, 0);
    const length = Number(buffer.readBigUInt64LE());
    if (length > LONGEST_HEADER) return [];
    const header = await file.read(Buffer.alloc(length), 0, length, 8);
    return Object.keys(JSON.parse(header.buffer.toString("utf8"))).filter((key) => key !== "__metadata__");
  } finally {
    await file.close();
  }
}

/** The part of a network that every class of it has: all else is a head. */
const BACKBONE =
  /^(?:model|transformer|bert|roberta|distilbert|deberta|albert|electra|gpt_neox|backbone|embeddings?|encoder|embed_tokens|layers|norm|wte|h|ln_f)\./;

/** Weights outside the network's body: what its head is made of. */
export function headKeys({ keys }: Pick<WeightNames, "keys">): string[] {
  return keys.filter((key) => !BACKBONE.test(key)).sort();
}

/**
 * What is wrong with loading these weights as a recipe says, in words that name the keys; null where nothing is, or where the model's own code decides.
 * `config` is the model's `config.json`.
 */
export function weightFault(
  recipe: Pick<Recipe, "modelClass" | "headLayers" | "ignoreWeights" | "trustRemoteCode" | "model">,
  { keys, source }: WeightNames,
  config: Readonly<Record<string, unknown>>,
): string | null {
  const { modelClass, headLayers, ignoreWeights = [], trustRemoteCode } = recipe;
  const autoMap = (config.auto_map ?? {}) as Record<string, unknown>;
  if (trustRemoteCode) {
    if (Object.keys(autoMap).length === 0 || modelClass in autoMap) return null;
    return `its own code has no ${modelClass} (it has ${Object.keys(autoMap).join(", ")}); mind class in the recipe`;
  }
  const heads = headKeys({ keys });
  const expected = expectedHead(modelClass, headLayers, config);
  const missing = expected.filter((key) => !keys.includes(key));
  const ignored = ignoreWeights.map(patternOf);
  const own = (headLayers?.layers ?? []).flatMap((layer) => [`${layer}.weight`, `${layer}.bias`]);
  const extra = heads.filter(
    (key) =>
      !expected.includes(key) &&
      !own.includes(key) &&
      !isBiasOf(key, expected) &&
      !(modelClass === "AutoModelForCausalLM" && key === "lm_head.weight") &&
      !ignored.some((pattern) => pattern.test(key)),
  );
  if (missing.length === 0 && extra.length === 0) return null;
  const faults = [
    ...(missing.length > 0 ? [`lack ${missing.join(", ")}: it would score with random weights`] : []),
    ...(extra.length > 0 ? [`hold ${extra.slice(0, 12).join(", ")}, which the class has no use for`] : []),
  ];
  const code = Object.keys(autoMap).length > 0 ? "; it comes with code of its own (trust_remote_code)" : "";
  return `the weights of ${recipe.model} (${source}) do not fit ${modelClass}: they ${faults.join(", and ")}${code}; mind class, head, trust_remote_code and ignore_weights in the recipe`;
}

/** The head that a class has: a decoder's one matrix, an encoder's classifier. */
function expectedHead(
  modelClass: Recipe["modelClass"],
  headLayers: Recipe["headLayers"],
  { model_type: type, tie_word_embeddings: tied }: Readonly<Record<string, unknown>>,
): string[] {
  if (headLayers) return headLayers.layers.map((layer) => `${layer}.weight`);
  if (modelClass === "AutoModel") return [];
  if (modelClass === "AutoModelForCausalLM") return tied === true ? [] : ["lm_head.weight"];
  const encoder = ENCODER_HEADS[String(type)];
  if (encoder && modelClass === "AutoModelForSequenceClassification") return [...encoder];
  return [encoder ? "classifier.weight" : "score.weight"];
}

const ENCODER_HEADS: Readonly<Record<string, readonly string[]>> = {
  bert: ["classifier.weight"],
  albert: ["classifier.weight"],
  distilbert: ["pre_classifier.weight", "classifier.weight"],
  deberta: ["pooler.dense.weight", "classifier.weight"],
  "deberta-v2": ["pooler.dense.weight", "classifier.weight"],
  roberta: ["classifier.dense.weight", "classifier.out_proj.weight"],
  "xlm-roberta": ["classifier.dense.weight", "classifier.out_proj.weight"],
  electra: ["classifier.dense.weight", "classifier.out_proj.weight"],
};

function isBiasOf(key: string, expected: readonly string[]): boolean {
  return key.endsWith(".bias") && expected.includes(key.replace(/\.bias$/, ".weight"));
}

function patternOf(pattern: string): RegExp {
  return new RegExp(`^${pattern.replace(/[.+?^${}()|[\]\\]/g, "\\$&").replaceAll("*", ".*")}$`);
}
