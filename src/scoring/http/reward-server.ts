import { z } from "zod";
import type { Recipe } from "../../domain/recipe.js";
import { byIndex, checked, type ServerAdapter } from "./server-adapter.js";

const health = z.object({
  status: z.enum(["loading", "ready", "failed"]),
  model: z.string(),
  error: z.string().optional(),
  revision: z.string().nullish(),
  output: z.string().optional(),
  dtype: z.string().optional(),
  device: z.string().optional(),
  max_tokens: z.int().nullish(),
  versions: z.record(z.string(), z.string()).optional(),
});
const classified = z.object({
  data: z.array(
    z.object({
      index: z.int().nonnegative(),
      probs: z.array(z.number()),
      tokens: z.int().nonnegative(),
    }),
  ),
});

/** The part of a recipe that the reward server of this repository needs, in its spelling; `commit` is that of the model's files. */
export function serverRecipe(recipe: Recipe, commit: string | null): Record<string, unknown> {
  const { model, modelClass, headLayers, attention, output, trustRemoteCode, ignoreWeights, dtype } = recipe;
  const { referenceModel, beta } = recipe;
  const { field, token, minus, steps } = output;
  const said = {
    model,
    revision: commit ?? undefined,
    class: modelClass,
    head: headLayers,
    attention,
    output: { field, ...(token !== undefined && { token, minus }), ...(steps && { steps }) },
    trust_remote_code: trustRemoteCode,
    ignore_weights: ignoreWeights,
    dtype,
    reference_model: referenceModel,
    beta,
  };
  return Object.fromEntries(Object.entries(said).filter(([, value]) => value !== undefined));
}

/** What the reward server of this repository says of itself. */
export const readHealth = (answer: unknown) => checked(health, answer);

/** The reward server of this repository (`reward-server/`). */
export const rewardServer: ServerAdapter = {
  runtime: "reward-server",
  path: "/classify",
  start: "make reward-server MODEL=MODEL",
  takes: "ids",
  switchable: false,
  textsAtOnce: 64,
  async greet(get) {
    const { status, error, max_tokens, model, ...facts } = readHealth(await get("/health"));
    return {
      model: null,
      models: [{ id: model }],
      facts: { server: "reward-server", status, ...(error && { error }), ...facts },
      ...(max_tokens && { maxTokens: max_tokens }),
    };
  },
  body: (texts) => ({
    input: texts.map(({ ids }) => ids),
    ...(texts.some(({ typeIds }) => typeIds) && {
      token_type_ids: texts.map(({ ids, typeIds }) => typeIds ?? ids.map(() => 0)),
    }),
    ...(texts.some(({ start }) => start !== undefined) && { starts: texts.map(({ start }) => start) }),
  }),
  read(answer, count) {
    const rows = byIndex(checked(classified, answer).data, count);
    return {
      rows: rows.map(({ probs, tokens }) => ({ outputs: probs, tokens, label: null })),
      tokens: rows.reduce((sum, { tokens }) => sum + tokens, 0),
    };
  },
};
