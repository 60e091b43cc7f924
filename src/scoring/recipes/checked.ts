import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { parseYaml } from "../../domain/config/parse.js";
import type { Recipe, Runtime } from "../../domain/recipe.js";
import { HOME } from "../../storage/package/folders.js";

const compared = z.strictObject({
  models: z.string(),
  largest: z.number().optional(),
  note: z.string().optional(),
});
const schema = z.strictObject({
  untested: z.string(),
  kinds: z.record(
    z.string(),
    z.strictObject({
      about: z.string(),
      onnx: compared.optional(),
      vllm: compared.optional(),
      sglang: compared.optional(),
      tei: compared.optional(),
      transformers: compared.optional(),
    }),
  ),
});

/** What was compared on a runtime: which small models, and the largest difference from their own call. */
export interface Compared {
  readonly models: string;
  readonly largest?: number | undefined;
  readonly note?: string | undefined;
}

let known: z.infer<typeof schema> | null = null;

function checks(): z.infer<typeof schema> {
  const path = join(HOME, "src", "scoring", "recipes", "checked.yaml");
  known ??= parseYaml(readFileSync(path, "utf8"), path, schema);
  return known;
}

/** What nobody has run, in words. */
export const untested = (): string => checks().untested;

/** The kind of model that a recipe is about, as checks are kept. */
export function kindOf(recipe: Recipe): string {
  const { headLayers, trustRemoteCode, output, referenceModel, heads, input } = recipe;
  if (referenceModel !== undefined) return "policy";
  if (output.steps) return "steps";
  if (output.token !== undefined) return "token logit";
  if (headLayers) return "own head";
  if (trustRemoteCode) return "own code";
  if (input !== "chat") return "encoder";
  return heads.length > 1 ? "heads" : "classifier";
}

/** What has been compared for models of a recipe's kind, on each of its runtimes; null where nothing has. */
export function comparedOn(recipe: Recipe): readonly (readonly [Runtime, Compared | null])[] {
  const kind = checks().kinds[kindOf(recipe)];
  return recipe.runtimes.map((runtime) => [runtime, kind?.[runtime] ?? null] as const);
}
