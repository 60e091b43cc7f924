import { RUNTIMES } from "../../domain/serving.js";
import type { CommandDeclaration, FlagsOf } from "../command.js";
import { option } from "../options/option.js";
import {
  config,
  datasetName,
  json,
  maxCost,
  models,
  noCache,
  SERVING_OPTIONS,
  yes,
} from "../options/shared.js";

export const score = {
  name: "score",
  group: "scores",
  description: "add one or more reward models' scores to rewrites or to a scored file",
  options: [
    config,
    option("input", "--dataset <file>", "rewrites or scored file, instead of a configuration"),
    models,
    ...SERVING_OPTIONS,
    option(
      "models",
      "--base-url <url>",
      "with --runtime judge: a server that speaks OpenAI's chat completions",
    ),
    option(
      "models",
      "--check",
      "show one example as the model reads it, special tokens and all, and its score; then stop",
    ),
    option(
      "models",
      "--against <runtime>",
      "with --check: score a dozen texts in this runtime too, and say how far the two agree",
      { choices: RUNTIMES },
    ),
    option("models", "--against-endpoint <url...>", "the servers of --against"),
    option("cost", "--smoke-test", "score the first 10 examples only"),
    maxCost,
    yes,
    noCache,
    option("input", "--shard <k/n>", "score the k-th of n parts of the examples; rate combine joins them"),
    option("input", "--new", "score a shard again even if it has been finished"),
    datasetName,
    json,
  ],
  examples: `
  $ rate score --config config.yaml
  $ rate score --dataset data/rewrites/reviews_length_dataset_20260101_120000.json --model embedded
  $ rate score --dataset rewrites.json --model ./my_model.yaml skywork_v2_llama_8b
  $ rate score --check --model deberta                 is the input right? see docs/scoring.md
  $ rate score --check --model mine.yaml --runtime vllm --endpoint http://gpu1:8000 --against transformers
  $ rate score --config config.yaml --runtime vllm --endpoint http://gpu1:8000 http://gpu2:8000
  $ rate score --config config.yaml --runtime vllm --endpoint @servers     servers that are SLURM jobs: docs/cluster.md
  $ rate score --config config.yaml --model armorm --runtime transformers
  $ rate score --config config.yaml --model gpt-4o-mini --runtime judge --max-cost 5
  $ rate score --config config.yaml --model deberta --runtime tei --endpoint http://localhost:8080
  $ rate score --config config.yaml --shard 3/16       the third of sixteen parts; rate combine joins them
Interrupted, the same command continues where it stopped.`,
} satisfies CommandDeclaration;
export type ScoreFlags = FlagsOf<typeof score>;
