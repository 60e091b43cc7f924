import { z } from "zod";
import { checked, NotThere, type ServerAdapter, sameCount } from "./server-adapter.js";

const info = z.object({
  model_path: z.string(),
  served_model_name: z.string().nullish(),
  is_generation: z.boolean().nullish(),
});
const rows = z.array(
  z.object({
    embedding: z.array(z.number()).min(1),
    meta_info: z.object({ prompt_tokens: z.int().nullish() }).nullish(),
  }),
);

/** SGLang's own `/classify`: raw outputs. (`/v1/classify` would apply a softmax: 1.0 for every text of a model with one output.) */
export const sglang: ServerAdapter = {
  runtime: "sglang",
  path: "/classify",
  start: "python -m sglang.launch_server --model-path MODEL --is-embedding",
  takes: "ids",
  switchable: false,
  textsAtOnce: 32,
  async greet(get) {
    const answer = await get("/get_model_info").catch((cause) => {
      if (cause instanceof NotThere) return get("/model_info");
      throw cause;
    });
    const { model_path: model, served_model_name } = checked(info, answer);
    return {
      model: null,
      models: [{ id: served_model_name ?? model, root: model }],
      facts: { server: "sglang" },
    };
  },
  body: (texts) => ({ input_ids: texts.map(({ ids }) => ids) }),
  read(answer, count) {
    const found = checked(rows, Array.isArray(answer) ? answer : [answer]);
    sameCount(found.length, count);
    const tokens = found.map(({ meta_info }) => meta_info?.prompt_tokens ?? null);
    return {
      rows: found.map(({ embedding }, index) => ({
        outputs: embedding,
        tokens: tokens[index]!,
        label: null,
      })),
      tokens: tokens.some((value) => value === null) ? null : tokens.reduce((sum, value) => sum! + value!, 0),
    };
  },
};
