import { z } from "zod";
import {
  type AdapterText,
  byIndex,
  checked,
  type Manner,
  type Served,
  type ServerAdapter,
} from "./server-adapter.js";

const models = z.object({
  data: z
    .array(
      z.object({
        id: z.string(),
        root: z.string().nullish(),
        parent: z.string().nullish(),
        max_model_len: z.int().nullish(),
      }),
    )
    .min(1),
});
const version = z.object({ version: z.string() });
const usage = z.object({ prompt_tokens: z.int() }).nullish();
const classified = z.object({
  data: z.array(
    z.object({
      index: z.int().nonnegative(),
      label: z.string().nullish(),
      probs: z.array(z.number()).min(1),
    }),
  ),
  usage,
});
const pooled = z.object({
  data: z.array(z.object({ index: z.int().nonnegative(), data: z.array(z.number()).min(1) })),
  usage,
});

async function greet(get: (path: string) => Promise<unknown>): Promise<Served> {
  const { data } = checked(models, await get("/v1/models"));
  const facts = await get("/version").then(
    (answer) => version.safeParse(answer).data ?? {},
    () => ({}),
  );
  return {
    model: null,
    models: data.map(({ id, root, parent, max_model_len }) => ({
      id,
      root,
      parent,
      ...(max_model_len && { maxTokens: max_model_len }),
    })),
    facts: { server: "vllm", ...facts },
  };
}

/** `use_activation` is the one name that every version since 0.11.1 reads right; without it the server applies a sigmoid or softmax. */
function body(texts: readonly AdapterText[], { served, activation }: Manner) {
  return {
    ...(served.model !== null && { model: served.model }),
    input: texts.map(({ ids }) => ids),
    add_special_tokens: false,
    use_activation: activation,
  };
}

const common = {
  start: "vllm serve MODEL --runner pooling",
  takes: "ids",
  switchable: true,
  textsAtOnce: 32,
  greet,
} as const;

/** vLLM's `/classify`. */
export const vllmClassify: ServerAdapter = {
  ...common,
  runtime: "vllm",
  path: "/classify",
  body,
  read(answer, count) {
    const { data, usage } = checked(classified, answer);
    return {
      rows: byIndex(data, count).map(({ probs, label }) => ({
        outputs: probs,
        tokens: null,
        label: label ?? null,
      })),
      tokens: usage?.prompt_tokens ?? null,
    };
  },
};

/** vLLM's `/pooling`, for models that it serves as reward models but not under `/classify`. */
export const vllmPooling: ServerAdapter = {
  ...common,
  runtime: "vllm-pooling",
  path: "/pooling",
  body: (texts, manner) => ({ ...body(texts, manner), task: "classify", encoding_format: "float" }),
  read(answer, count) {
    const { data, usage } = checked(pooled, answer);
    return {
      rows: byIndex(data, count).map((row) => ({ outputs: row.data, tokens: null, label: null })),
      tokens: usage?.prompt_tokens ?? null,
    };
  },
};
