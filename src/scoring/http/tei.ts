import { z } from "zod";
import { BadAnswer, checked, type Served, type ServerAdapter, sameCount } from "./server-adapter.js";

const labels = z.object({ id2label: z.record(z.string(), z.string()) });
const info = z.object({
  model_id: z.string(),
  model_sha: z.string().nullish(),
  model_dtype: z.string().nullish(),
  model_type: z.union([z.object({ classifier: labels }), z.object({ reranker: labels }), z.unknown()]),
  max_input_length: z.int().nullish(),
  max_client_batch_size: z.int().positive().nullish(),
  version: z.string().nullish(),
});
const predictions = z.array(z.array(z.object({ score: z.number(), label: z.string() })).min(1));

/** text-embeddings-inference's `/predict`. It tokenises texts itself, and sorts the outputs of a text by their score. */
export const tei: ServerAdapter = {
  runtime: "tei",
  path: "/predict",
  start: "text-embeddings-router --model-id MODEL",
  takes: "texts",
  switchable: false,
  textsAtOnce: 32,
  async greet(get) {
    const found = checked(info, await get("/info"));
    const {
      model_id: model,
      model_sha,
      model_dtype,
      version,
      max_input_length,
      max_client_batch_size,
    } = found;
    const order = labelsOf(found.model_type);
    return {
      model: null,
      models: [{ id: model }],
      facts: {
        server: "text-embeddings-inference",
        version,
        model_sha,
        model_dtype,
        ...(order && { labels: order }),
      },
      ...(order && { labels: order }),
      ...(max_input_length && { maxTokens: max_input_length }),
      ...(max_client_batch_size && { maxTexts: max_client_batch_size }),
    };
  },
  // Each text in a list of its own: two texts in one list would be a pair.
  body: (texts, { cut }) => ({
    inputs: texts.map((text) => text.texts),
    raw_scores: true,
    truncate: texts.some(({ truncated }) => truncated),
    truncation_direction: cut === "left" ? "Left" : "Right",
  }),
  read(answer, count, { served }, header) {
    const found = checked(predictions, answer);
    sameCount(found.length, count);
    const tokens = Number(header("x-compute-tokens") ?? Number.NaN);
    return {
      rows: found.map((row) => ({ outputs: inOrder(row, served), tokens: null, label: row[0]!.label })),
      tokens: Number.isInteger(tokens) ? tokens : null,
    };
  },
};

function labelsOf(type: z.infer<typeof info>["model_type"]): string[] | null {
  const map = Object.values((type ?? {}) as Record<string, z.infer<typeof labels>>)[0]?.id2label;
  if (!map || typeof map !== "object") return null;
  return Object.keys(map)
    .sort((a, b) => Number(a) - Number(b))
    .map((key) => map[key]!);
}

/** Scores by the number of their output, which their label tells. */
function inOrder(row: readonly { score: number; label: string }[], { labels }: Served): number[] {
  if (row.length === 1) return [row[0]!.score];
  const known = labels ?? row.map((_, index) => `LABEL_${index}`);
  const scores = new Map(row.map(({ label, score }) => [label, score]));
  if (
    scores.size !== row.length ||
    known.length !== row.length ||
    known.some((label) => !scores.has(label))
  ) {
    throw new BadAnswer(
      `its labels (${row.map(({ label }) => label).join(", ")}) are not those of its model (${known.join(", ")}), and it sorts outputs by score`,
    );
  }
  return known.map((label) => scores.get(label)!);
}
