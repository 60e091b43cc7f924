import { z } from "zod";
import type { RecipeFields } from "../recipe.js";

const text = z.string().min(1, "must not be empty");
const place = z.union([z.int().nonnegative(), text], "expected the number of an output from 0, or its label");

/** A recipe of the user's own, as YAML says it. */
export const recipeSchema = z.strictObject({
  model: text,
  input: z.enum(["chat", "pair", "response"]),
  revision: text.optional(),
  reward_key: text.optional(),
  bos: z.enum(["once", "none"]).optional(),
  dialogue: z.enum(["turns", "message"]).optional(),
  max_tokens: z.int().positive().optional(),
  truncation: z.enum(["right", "left", "refuse"]).optional(),
  output: z
    .strictObject({ field: text.default("logits"), value: place.default(0), minus: place.optional() })
    .optional(),
  dtype: z.enum(["float32", "float16", "bfloat16"]).optional(),
  licence: text.optional(),
  runtimes: z
    .array(z.enum(["onnx", "vllm", "sglang", "tei", "transformers"]))
    .min(1)
    .optional(),
  weights: text.optional(),
  trust_remote_code: z.boolean().optional(),
  served_model: text.optional(),
  notes: z.string().optional(),
});

/** The fields of a template as YAML says it; what it leaves out is left to the defaults. */
export function fieldsOf({
  reward_key,
  max_tokens,
  trust_remote_code,
  served_model,
  ...same
}: z.infer<typeof recipeSchema>): Omit<RecipeFields, "name"> {
  const said = {
    ...same,
    rewardKey: reward_key,
    maxTokens: max_tokens,
    trustRemoteCode: trust_remote_code,
    servedModel: served_model,
  };
  const entries = Object.entries(said).filter(([, value]) => value !== undefined);
  return Object.fromEntries<unknown>(entries) as Omit<RecipeFields, "name">;
}
