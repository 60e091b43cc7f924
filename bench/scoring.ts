import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { scoringTemplate } from "../src/domain/scoring-template.js";
import { openOnnxModel } from "../src/scorers/onnx.js";
import { line, median, REPOSITORY } from "./measure.js";

const FOLDER = join(REPOSITORY, "build", "bench");
const MODEL = join(FOLDER, "distilbert");
const TEXTS = join(FOLDER, "texts.json");
const SCRIPT = join(REPOSITORY, "bench", "reward_model.py");
const SENTENCES = join(REPOSITORY, "node_modules", "sentiment", "test", "fixtures");
const COUNT = 40;
const ROUNDS = 3;

/** Multiplications and additions of DistilBERT for one text: 2 for each weight and token, and attention's two products. */
const LAYERS = 6;
const WIDTH = 768;
const LAYER_WEIGHTS = 4 * WIDTH ** 2 + 2 * WIDTH * 4 * WIDTH;
const operations = (tokens: number) => LAYERS * (2 * tokens * LAYER_WEIGHTS + 4 * tokens ** 2 * WIDTH);

interface Scored {
  readonly seconds: number;
  readonly scores: readonly number[];
}

interface Round {
  readonly loop: Scored;
  readonly fp32: Scored & { readonly tokens: readonly number[] };
  readonly int8: Scored;
  /** GFLOP/s of large matrix products. */
  readonly peak: number;
}

/** A model of DistilBERT's size on texts as long as IMDB's: in process in fp32 and int8, beside a loop over `transformers`; all in turn, medians. */
export async function benchScoring(): Promise<string> {
  const python = pythonWithTransformers();
  if (!python)
    return line(
      "scoring, 66 M parameters",
      "no Python with torch, transformers and onnxruntime here (see BENCH_PYTHON)",
      { "1.5 × a transformers loop": null },
    );
  mkdirSync(FOLDER, { recursive: true });
  if (!existsSync(join(MODEL, "model_quantized.onnx")))
    ask(python, ["make", "--sentences", SENTENCES, "--output", MODEL]);
  const texts = imdbLike(COUNT);
  writeFileSync(TEXTS, JSON.stringify(texts));
  const inputs = texts.map((response) => ({ prompt: "", response }));
  const open = (weights: string) =>
    openOnnxModel(scoringTemplate({ name: "bench", model: MODEL, input: "response", weights }), {
      environment: {},
      fetch,
      say: () => undefined,
    });
  const [fp32, int8] = [await open("fp32"), await open("int8")];
  const timed = async (model: typeof fp32): Promise<Round["fp32"]> => {
    const started = performance.now();
    const scores = await model.score(inputs);
    return {
      seconds: (performance.now() - started) / 1000,
      scores: scores.map(({ reward }) => reward),
      tokens: scores.map(({ tokens }) => tokens),
    };
  };
  const rounds: Round[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    rounds.push({
      loop: JSON.parse(ask(python, ["score", "--model", MODEL, "--texts", TEXTS])) as Scored,
      fp32: await timed(fp32),
      int8: await timed(int8),
      peak: (JSON.parse(ask(python, ["matmul"])) as { gflops: number }).gflops,
    });
  }
  const seconds = (name: "loop" | "fp32" | "int8") => median(rounds.map((round) => round[name].seconds));
  const [{ loop, fp32: exact, int8: coarse }] = rounds as [Round, ...Round[]];
  const speed = exact.tokens.reduce((sum, tokens) => sum + operations(tokens), 0) / seconds("fp32") / 1e9;
  const { tokens, places } = fp32.work!();
  await Promise.all([fp32.dispose(), int8.dispose()]);
  const rate = (name: "loop" | "fp32" | "int8") => (COUNT / seconds(name)).toFixed(1);
  const peak = median(rounds.map((round) => round.peak));
  const most = (a: readonly number[], b: readonly number[]) =>
    Math.max(...a.map((value, i) => Math.abs(value - b[i]!)));
  return [
    line(
      "scoring in process, 66 M parameters, fp32",
      `${rate("fp32")} texts/s, ${(seconds("loop") / seconds("fp32")).toFixed(2)} × a transformers loop (${rate("loop")}); largest difference ${most(exact.scores, loop.scores).toExponential(1)}`,
      { "1.5 ×": seconds("loop") / seconds("fp32") >= 1.5 },
    ),
    line(
      "the same, int8",
      `${rate("int8")} texts/s, ${(seconds("loop") / seconds("int8")).toFixed(2)} × the loop; rank correlation with fp32 ${correlation(ranks(exact.scores), ranks(coarse.scores)).toFixed(4)}, largest difference ${(most(exact.scores, coarse.scores) / deviation(exact.scores)).toFixed(2)} standard deviations`,
      { "3 ×": seconds("loop") / seconds("int8") >= 3 },
    ),
    line(
      "share of the matrix product's speed, fp32",
      `${((100 * speed) / peak).toFixed(0)} % (${speed.toFixed(0)} of ${peak.toFixed(0)} GFLOP/s)`,
      { "60 %": speed / peak >= 0.6 },
    ),
    line("padding", `${(100 * (1 - tokens / places)).toFixed(1)} %`, {
      "below 5 %": 1 - tokens / places < 0.05,
    }),
  ].join("");
}

/** Texts of real sentences whose numbers of words are distributed about as in IMDB's reviews: log-normal, median 174, from 10 to 1,000. */
function imdbLike(count: number): string[] {
  const sentences = readdirSync(SENTENCES)
    .filter((name) => name.endsWith(".json"))
    .flatMap((name): string[] =>
      JSON.parse(readFileSync(join(SENTENCES, name), "utf8")).map(({ text }: { text: string }) => text),
    );
  let next = 0;
  return Array.from({ length: count }, (_, index) => {
    const wanted = Math.exp(Math.log(174) + 0.7 * quantile((index * 0.6180339887 + 0.5 / count) % 1));
    const words: string[] = [];
    while (words.length < Math.min(1000, Math.max(10, wanted))) {
      words.push(...sentences[next % sentences.length]!.split(" "));
      next += 1;
    }
    return words.join(" ");
  });
}

/** The normal distribution's quantile, near enough for lengths (Tukey's lambda). */
function quantile(share: number): number {
  return (share ** 0.135 - (1 - share) ** 0.135) / 0.1975;
}

function ask(python: string, args: readonly string[]): string {
  const done = spawnSync(python, [SCRIPT, ...args], { encoding: "utf8", maxBuffer: 2 ** 26 });
  if (done.status !== 0) throw new Error(`${python} ${args[0]}: ${done.stderr.slice(-2000)}`);
  return done.stdout;
}

function pythonWithTransformers(): string | null {
  const made = join(REPOSITORY, "build", "tiny-models", "bin", "python");
  const candidates = [process.env.BENCH_PYTHON, made, "python3"].filter((name) => name !== undefined);
  return (
    candidates.find(
      (name) => spawnSync(name, ["-c", "import onnxruntime, torch, transformers"]).status === 0,
    ) ?? null
  );
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function deviation(values: readonly number[]): number {
  return Math.sqrt(mean(values.map((value) => (value - mean(values)) ** 2)));
}

function ranks(values: readonly number[]): number[] {
  const order = values.map((_, index) => index).sort((a, b) => values[a]! - values[b]!);
  const found: number[] = new Array(values.length);
  order.forEach((index, rank) => {
    found[index] = rank;
  });
  return found;
}

function correlation(a: readonly number[], b: readonly number[]): number {
  const [meanA, meanB] = [mean(a), mean(b)];
  return mean(a.map((value, i) => (value - meanA) * (b[i]! - meanB))) / (deviation(a) * deviation(b));
}
