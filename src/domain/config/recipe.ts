import { z } from "zod";
import { CHECKS } from "../probe.js";
import { ATTENTIONS, MODEL_CLASSES, RECIPE_RUNTIMES, type RecipeFields, STEP_REDUCTIONS } from "../recipe.js";

const text = z.string().min(1, "must not be empty");
const place = z.union([z.int().nonnegative(), text], "expected the number of an output from 0, or its label");
const placed = z.union([
  place.transform((value) => ({ value })),
  z.strictObject({ value: place, minus: place.optional() }),
]);

const steps = z.strictObject({
  tag: text,
  separator: text.default("\n\n"),
  reduce: z.enum(STEP_REDUCTIONS).default("min"),
});

const output = z
  .strictObject({
    field: text.default("logits"),
    value: place.default(0),
    minus: place.optional(),
    heads: z.record(text, placed).optional(),
    token: place.optional(),
    steps: steps.optional(),
  })
  .refine(
    ({ heads, token, steps }) => [heads, token, steps].filter((kind) => kind !== undefined).length <= 1,
    "expected one of heads, token and steps",
  )
  .refine(
    ({ heads }) => heads === undefined || Object.keys(heads).length > 0,
    "heads must name at least one",
  );

const reference = z.strictObject({
  prompt: z.string(),
  response: z.string(),
  reward: z.number(),
  tolerance: z.number().positive(),
  source: text.optional(),
});

/** A recipe as YAML says it. */
export const recipeFields = z.strictObject({
  model: text,
  input: z.enum(["chat", "pair", "response"]),
  revision: text.optional(),
  reward_key: text.optional(),
  bos: z.enum(["once", "none"]).optional(),
  dialogue: z.enum(["turns", "message"]).optional(),
  chat_template: text.optional(),
  system: text.optional(),
  template_kwargs: z.record(text, z.unknown()).optional(),
  append: z.union([z.int().nonnegative(), text], "expected a token's text or id").optional(),
  max_tokens: z.int().positive().optional(),
  truncation: z.enum(["right", "left", "refuse"]).optional(),
  class: z.enum(MODEL_CLASSES).optional(),
  head: z
    .strictObject({
      layers: z.array(text).min(1, "must name at least one"),
      activation: z.enum(["relu", "gelu", "silu", "tanh", "none"]).default("relu"),
    })
    .optional(),
  ignore_weights: z.array(text).optional(),
  attention: z.enum(ATTENTIONS).optional(),
  output: output.optional(),
  reference_model: text.optional(),
  beta: z.number().positive().optional(),
  dtype: z.enum(["float32", "float16", "bfloat16"]).optional(),
  licence: text.optional(),
  runtimes: z.array(z.enum(RECIPE_RUNTIMES)).min(1).optional(),
  weights: text.optional(),
  trust_remote_code: z.boolean().optional(),
  served_model: text.optional(),
  references: z.array(reference).optional(),
  allow_probe: z.array(z.enum(CHECKS)).optional(),
  notes: z.string().optional(),
});

/** The same, with what does not go together refused. */
export const recipeSchema = recipeFields.refine(
  ({ reference_model, beta }) => (reference_model === undefined) === (beta === undefined),
  "reference_model and beta go together",
);

/** A recipe as YAML says it, checked. */
export type RecipeYaml = z.infer<typeof recipeFields>;

/** The fields of a recipe as YAML says it; what it leaves out is left to the defaults. */
export function fieldsOf(said: RecipeYaml): Omit<RecipeFields, "name"> {
  const entries = Object.entries(said)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => [RENAMED[key] ?? camelCase(key), value] as const);
  return Object.fromEntries<unknown>(entries) as Omit<RecipeFields, "name">;
}

/** Names that mean something else in code. */
const RENAMED: Readonly<Record<string, string>> = { class: "modelClass", head: "headLayers" };

function camelCase(key: string): string {
  return key.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
}
