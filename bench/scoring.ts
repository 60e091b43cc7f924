import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { recipeOf } from "../src/domain/recipe.js";
import type { RewardModel } from "../src/domain/reward-model.js";
import { openOnnxModel } from "../src/scoring/in-process/onnx.js";
import { type Goals, line, median, REPOSITORY } from "./measure.js";

const FOLDER = join(REPOSITORY, "build", "bench");
const MODEL = join(FOLDER, "distilbert");
const SCRIPT = join(REPOSITORY, "bench", "reward_model.py");
const SENTENCES = join(REPOSITORY, "node_modules", "sentiment", "test", "fixtures");
const REVIEWS = 12;
const SHORT_TEXTS = 80;
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

/** One kind of texts, scored in three ways. */
interface Round {
  readonly loop: Scored;
  readonly fp32: Scored & { readonly tokens: readonly number[]; readonly padding: number };
  readonly int8: Scored;
}

/** Billions of multiplications and additions in a second, in large matrix products: what bounds a processor's scoring. */
type Peak = Readonly<Record<"fp32" | "int8", number>>;

/**
 * A model of DistilBERT's size on texts as long as IMDB's and on single sentences: in process in fp32 and int8, beside a loop over
 * `transformers`; all in turn, medians.
 */
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
  const sentences = sentencesOf(SENTENCES);
  const kinds = [imdbLike(sentences, REVIEWS), [...new Set(sentences)].slice(0, SHORT_TEXTS)];
  const files = kinds.map((texts, kind) => {
    const file = join(FOLDER, `texts-${kind + 1}.json`);
    writeFileSync(file, JSON.stringify(texts));
    return file;
  });
  const [fp32, int8] = [await open("fp32"), await open("int8")];
  const rounds: Round[][] = kinds.map(() => []);
  const peaks: Peak[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const loops: Scored[] = JSON.parse(ask(python, ["score", "--model", MODEL, "--texts", ...files]));
    for (const [kind, texts] of kinds.entries())
      rounds[kind]!.push({
        loop: loops[kind]!,
        fp32: await timed(fp32, texts),
        int8: await timed(int8, texts),
      });
    peaks.push(JSON.parse(ask(python, ["matmul"])));
  }
  await Promise.all([fp32.dispose(), int8.dispose()]);
  const peak = { fp32: median(peaks.map(({ fp32 }) => fp32)), int8: median(peaks.map(({ int8 }) => int8)) };
  return [
    ...linesOf("texts as long as IMDB's", rounds[0]!, peak, true),
    ...linesOf("single sentences", rounds[1]!, peak, false),
    line(
      "large matrix products, which bound all of these",
      `fp32 ${peak.fp32.toFixed(0)}, int8 ${peak.int8.toFixed(0)} billion operations a second: int8 is ${(peak.int8 / peak.fp32).toFixed(2)} × as fast on this processor`,
      {},
    ),
  ].join("");
}

function open(weights: string): Promise<RewardModel> {
  return openOnnxModel(recipeOf({ name: "bench", model: MODEL, input: "response", weights }), {
    environment: {},
    fetch,
    say: () => undefined,
  });
}

async function timed(model: RewardModel, texts: readonly string[]): Promise<Round["fp32"]> {
  const before = model.work!();
  const started = performance.now();
  const scores = await model.score(texts.map((response) => ({ prompt: "", response })));
  const after = model.work!();
  return {
    seconds: (performance.now() - started) / 1000,
    scores: scores.map(({ reward }) => reward),
    tokens: scores.map(({ tokens }) => tokens),
    padding: 1 - (after.tokens - before.tokens) / (after.places - before.places),
  };
}

function linesOf(kind: string, rounds: readonly Round[], peak: Peak, hasGoals: boolean): string[] {
  const seconds = (way: keyof Round) => median(rounds.map((round) => round[way].seconds));
  const rate = (way: keyof Round) => (fp32.scores.length / seconds(way)).toFixed(1);
  const times = (way: keyof Round) => seconds("loop") / seconds(way);
  const [{ loop, fp32, int8 }] = rounds as [Round, ...Round[]];
  const speed = (way: keyof Round) =>
    fp32.tokens.reduce((sum, tokens) => sum + operations(tokens), 0) / seconds(way) / 1e9;
  const share = (way: keyof Round) => (100 * speed(way)) / (way === "int8" ? peak.int8 : peak.fp32);
  const goals = (goal: string, isMet: boolean): Goals => (hasGoals ? { [goal]: isMet } : {});
  return [
    line(
      `scoring in process, 66 M parameters, ${kind}, fp32`,
      `${rate("fp32")} texts/s, ${times("fp32").toFixed(2)} × a transformers loop (${rate("loop")}); largest difference ${largest(fp32.scores, loop.scores).toExponential(1)}`,
      goals("1.5 ×", times("fp32") >= 1.5),
    ),
    line(
      "the same, int8",
      `${rate("int8")} texts/s, ${times("int8").toFixed(2)} × the loop; rank correlation with fp32 ${correlation(ranks(fp32.scores), ranks(int8.scores)).toFixed(4)}, largest difference ${(largest(fp32.scores, int8.scores) / deviation(fp32.scores)).toFixed(2)} standard deviations`,
      goals("3 ×", times("int8") >= 3),
    ),
    line(
      "share of the matrix products' speed",
      `fp32 ${share("fp32").toFixed(0)} %, int8 ${share("int8").toFixed(0)} %; the loop ${share("loop").toFixed(0)} %`,
      goals("60 %", share("fp32") >= 60),
    ),
    line("padding", `${(100 * fp32.padding).toFixed(1)} %`, goals("below 5 %", fp32.padding < 0.05)),
  ];
}

function sentencesOf(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith(".json"))
    .flatMap((name): string[] =>
      JSON.parse(readFileSync(join(folder, name), "utf8")).map(({ text }: { text: string }) => text),
    );
}

/** Texts of real sentences whose numbers of words are distributed about as in IMDB's reviews: log-normal, median 174, from 10 to 1,000. */
function imdbLike(sentences: readonly string[], count: number): string[] {
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

function largest(a: readonly number[], b: readonly number[]): number {
  return Math.max(...a.map((value, index) => Math.abs(value - b[index]!)));
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
