import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { Tokenizer } from "@huggingface/tokenizers";
import type { InferenceSession, Tensor } from "onnxruntime-node";
import { inputError, workError } from "../domain/errors.js";
import type { RewardModel, Score, ScoringInput } from "../domain/reward-model.js";

/** How an ONNX text classifier is called. */
export interface OnnxModel {
  /** The files: `model.onnx`, `tokenizer.json` and `tokenizer_config.json`. */
  readonly weights: string;
  readonly tokenizer: string;
  readonly tokenizerConfig: string;
  readonly rewardKey: string;
  /** Texts are cut to so many tokens, special ones included. */
  readonly maxTokens: number;
  /** Which logit is the reward. */
  readonly output: number;
  /** A logit that is subtracted from it. */
  readonly minus?: number;
}

/** The files of a model by their usual names in a folder. */
export function inFolder(folder: string) {
  return {
    weights: join(folder, "model.onnx"),
    tokenizer: join(folder, "tokenizer.json"),
    tokenizerConfig: join(folder, "tokenizer_config.json"),
  };
}

/** Texts are padded to a multiple of this, so that their rewards do not depend on which texts share the batch. */
const PAD_STEP = 16;
/** Tokens in a batch, padding included. */
const BATCH_TOKENS = 8192;

interface Encoded {
  readonly index: number;
  readonly ids: readonly number[];
  readonly truncated: boolean;
}

/** Opens a model that scores the response alone; its reward is the raw logit. Throws when a file is missing or is no such model. */
export async function openOnnxModel(model: OnnxModel): Promise<RewardModel> {
  const [weights, tokenizerJson, tokenizerConfig] = await Promise.all(
    [model.weights, model.tokenizer, model.tokenizerConfig].map(read),
  );
  const config = JSON.parse(tokenizerConfig!.toString("utf8"));
  const tokenizer = new Tokenizer(JSON.parse(tokenizerJson!.toString("utf8")), config);
  const padId = tokenizer.token_to_id(config.pad_token?.content ?? config.pad_token ?? "[PAD]") ?? 0;
  const ort = await loadRuntime();
  const session = await ort.InferenceSession.create(weights!).catch((cause) => {
    throw inputError(`${model.weights}: is not a model that ONNX Runtime can load (${cause.message})`, cause);
  });

  const encode = (text: string, index: number): Encoded => {
    const { ids } = tokenizer.encode(text);
    if (ids.length <= model.maxTokens) return { index, ids, truncated: false };
    return { index, ids: [...ids.slice(0, model.maxTokens - 1), ids.at(-1)!], truncated: true };
  };

  const run = async (batch: readonly Encoded[], length: number): Promise<Score[]> => {
    const shape = [batch.length, length];
    const ids = new BigInt64Array(batch.length * length).fill(BigInt(padId));
    const mask = new BigInt64Array(ids.length);
    batch.forEach((text, row) => {
      text.ids.forEach((id, column) => {
        ids[row * length + column] = BigInt(id);
        mask[row * length + column] = 1n;
      });
    });
    const tensor = (data: BigInt64Array): Tensor => new ort.Tensor("int64", data, shape);
    const types = session.inputNames.includes("token_type_ids")
      ? { token_type_ids: tensor(new BigInt64Array(ids.length)) }
      : {};
    const feeds: InferenceSession.FeedsType = {
      input_ids: tensor(ids),
      attention_mask: tensor(mask),
      ...types,
    };
    const { [session.outputNames[0]!]: logits } = await session.run(feeds);
    const values = logits!.data;
    const width = values.length / batch.length;
    if (
      !(values instanceof Float32Array) ||
      !Number.isInteger(width) ||
      Math.max(model.output, model.minus ?? 0) >= width
    ) {
      throw inputError(
        `${model.weights}: expected float32 logits, at least ${model.output + 1} a text; found ${logits!.type} of shape ${logits!.dims.join(" × ")} for ${batch.length} texts`,
      );
    }
    return batch.map((text, row) => ({
      reward:
        values[row * width + model.output]! -
        (model.minus === undefined ? 0 : values[row * width + model.minus]!),
      tokens: text.ids.length,
      truncated: text.truncated,
    }));
  };

  return {
    rewardKey: model.rewardKey,
    facts: {
      runtime: "onnxruntime-node",
      model_sha256: sha256(weights!),
      tokenizer_sha256: sha256(tokenizerJson!),
      input: "response",
      output: `raw logit ${model.output}${model.minus === undefined ? "" : ` − raw logit ${model.minus}`}`,
      max_tokens: model.maxTokens,
    },
    async score(inputs) {
      const scores: Score[] = new Array(inputs.length);
      for (const { length, texts } of batchesOf(
        inputs.map(({ response }, index) => encode(response, index)),
      )) {
        const results = await run(texts, length);
        texts.forEach(({ index }, row) => {
          scores[index] = finite(results[row]!, inputs[index]!);
        });
      }
      return scores;
    },
    dispose: () => session.release(),
  };
}

/** ONNX Runtime reports what it runs to its makers unless it is told not to before it is loaded. */
function loadRuntime() {
  process.env.ORT_DISABLE_TELEMETRY = "1";
  return import("onnxruntime-node");
}

/** Texts of like length together. */
function batchesOf(texts: readonly Encoded[]): { length: number; texts: Encoded[] }[] {
  const byLength = new Map<number, Encoded[]>();
  for (const text of texts) {
    const length = Math.ceil(text.ids.length / PAD_STEP) * PAD_STEP;
    byLength.set(length, [...(byLength.get(length) ?? []), text]);
  }
  return [...byLength].flatMap(([length, all]) => {
    const size = Math.max(1, Math.floor(BATCH_TOKENS / length));
    return Array.from({ length: Math.ceil(all.length / size) }, (_, part) => ({
      length,
      texts: all.slice(part * size, (part + 1) * size),
    }));
  });
}

function finite(score: Score, input: ScoringInput): Score {
  if (Number.isFinite(score.reward)) return score;
  throw workError(
    `the reward model gave ${score.reward} for the response ${JSON.stringify(input.response.slice(0, 60))}`,
  );
}

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

async function read(path: string): Promise<Buffer> {
  return readFile(path).catch((cause) => {
    throw inputError(`${path}: cannot be read (${cause.message})`, cause);
  });
}
