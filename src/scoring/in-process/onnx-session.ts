import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { availableParallelism } from "node:os";
import { basename, dirname, join } from "node:path/posix";
import { pipeline } from "node:stream/promises";
import type { Tensor } from "onnxruntime-node";
import { inputError } from "../../domain/errors.js";
import type { Recipe } from "../../domain/recipe.js";
import { readTokens } from "../outputs.js";
import type { Encoder } from "./encoder.js";
import type { ModelFiles } from "./model-files.js";

/** What a model reads of one text. */
export interface Row {
  readonly ids: readonly number[];
  readonly typeIds?: readonly number[];
}

/** A loaded ONNX graph of a sequence classifier. */
export interface OnnxSession {
  /** For the template file. */
  readonly facts: Readonly<Record<string, unknown>>;
  /** Raw outputs of texts, each filled up to `length`; one list of numbers a text. */
  run(rows: readonly Row[], length: number): Promise<ArrayLike<number>[]>;
  dispose(): Promise<void>;
}

/** Where exports of each precision are usually found. */
const USUAL: Readonly<Record<string, readonly string[]>> = {
  fp32: ["onnx/model.onnx", "model.onnx"],
  fp16: ["onnx/model_fp16.onnx", "model_fp16.onnx"],
  int8: ["onnx/model_int8.onnx", "onnx/model_quantized.onnx", "model_int8.onnx", "model_quantized.onnx"],
};

/** Loads the weights of a recipe's model. Throws when there are none, or the graph asks for what a classifier does not have. */
export async function openSession(
  recipe: Recipe,
  files: ModelFiles,
  { padId, reading }: Pick<Encoder, "padId" | "reading">,
): Promise<OnnxSession> {
  const { path, file } = await findWeights(recipe, files);
  const ort = await loadRuntime();
  const session = await ort.InferenceSession.create(file, {
    intraOpNumThreads: availableParallelism(),
    // Errors alone: of a file in half precision it would warn of every layer that it computes in fp32.
    logSeverityLevel: 3,
  }).catch((cause) => {
    throw inputError(`${file}: is not a model that ONNX Runtime can load (${cause.message})`, cause);
  });
  const unknown = session.inputNames.filter((name) => !INPUTS.includes(name));
  const { field } = recipe.output;
  if (unknown.length > 0 || !session.inputNames.includes("input_ids"))
    throw inputError(
      `${file}: asks for ${session.inputNames.join(", ")}, where a sequence classifier asks for ${INPUTS.join(", ")}; was it exported for text-classification?`,
    );
  if (!session.outputNames.includes(field))
    throw inputError(
      `${file}: has no output ${field} (it has ${session.outputNames.join(", ")}); give the recipe one of them`,
    );

  return {
    facts: { runtime: "onnxruntime-node", weights: path, model_sha256: await hashOf(file) },
    async run(rows, length) {
      const size = rows.length * length;
      const feeds: Record<string, Tensor> = {};
      const add = (name: string, fill: bigint, value: (row: Row, column: number) => number) => {
        if (!session.inputNames.includes(name)) return;
        const data = new BigInt64Array(size).fill(fill);
        rows.forEach((row, index) => {
          for (let column = 0; column < row.ids.length; column += 1)
            data[index * length + column] = BigInt(value(row, column));
        });
        feeds[name] = new ort.Tensor("int64", data, [rows.length, length]);
      };
      add("input_ids", BigInt(padId ?? 0), ({ ids }, column) => ids[column]!);
      add("attention_mask", 0n, () => 1);
      add("token_type_ids", 0n, ({ typeIds }, column) => typeIds?.[column] ?? 0);
      add("position_ids", 0n, (_, column) => column);
      const { [field]: output } = await session.run(feeds, [field]);
      const values = numbersOf(output!, file);
      const { dims } = output!;
      const width = values.length / rows.length;
      const byToken = reading !== null;
      if (!Number.isInteger(width) || dims[0] !== rows.length || (byToken && dims[1] !== length))
        throw inputError(
          `${file}: gives ${field} of shape ${dims.join(" × ")} for ${rows.length} texts; expected one row a ${byToken ? "token" : "text"}`,
        );
      return rows.map(({ ids }, index) => {
        const row = values.slice(index * width, (index + 1) * width);
        return reading === null ? row : readTokens(row, width / length, ids, reading);
      });
    },
    dispose: () => session.release(),
  };
}

const INPUTS = ["input_ids", "attention_mask", "token_type_ids", "position_ids"];

/** ONNX Runtime reports what it runs to its makers unless it is told not to before it is loaded. */
function loadRuntime() {
  process.env.ORT_DISABLE_TELEMETRY = "1";
  return import("onnxruntime-node");
}

/** The file with the weights, with those that lie beside it where they are in files of their own. */
async function findWeights({ weights }: Recipe, files: ModelFiles) {
  const candidates = Object.hasOwn(USUAL, weights) ? USUAL[weights]! : [weights];
  for (const path of candidates) {
    const file = await files.find(path);
    if (file === null) continue;
    const folder = dirname(path) === "." ? "" : dirname(path);
    for (const name of await files.list(folder)) {
      if (name.startsWith(`${basename(path)}_data`) || name.startsWith(`${basename(path)}.data`))
        await files.need(join(folder, name));
    }
    return { path, file };
  }
  throw inputError(
    `${files.name}: has no ONNX weights (looked for ${candidates.join(", ")}); export it (optimum-cli export onnx --task text-classification), name the file in the recipe (weights), or use another runtime`,
  );
}

/** Rewards are double precision numbers whatever the model's are. */
function numbersOf({ type, data }: Tensor, file: string): Float64Array {
  if (type === "float32" || type === "float64") return Float64Array.from(data as Float32Array);
  if (type !== "float16")
    throw inputError(`${file}: gives ${type}, where rewards are floating-point numbers`);
  return Float64Array.from(
    data instanceof Uint16Array ? Float64Array.from(data, halfToNumber) : (data as unknown as Float32Array),
  );
}

/** IEEE 754 half precision. */
function halfToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 0x1f) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

async function hashOf(file: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(file, { highWaterMark: 2 ** 20 }), hash);
  return hash.digest("hex");
}
