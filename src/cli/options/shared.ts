import { CHECKS } from "../../domain/probe.js";
import { REWRITERS } from "../../domain/rewriter.js";
import { RUNTIMES } from "../../domain/serving.js";
import { option } from "./option.js";
import { columnNames, number, positive, seedNumber, wholeNumber } from "./parse.js";

/** The options that several commands have, each declared once. */

export const config = option("input", "--config <file>", "configuration file");
export const json = option("output", "--json", "print the result as JSON");
const smokeTest = option("cost", "--smoke-test", "a quick try: at most 30 examples, the first 10 scored");
export const datasetName = option(
  "output",
  "--name <name>",
  "name of the data set in file names (default: from the file's name)",
);
export const models = option(
  "models",
  "--model <name...>",
  "reward models to score with: names (see rate models), or paths of your own recipes (.yaml)",
);
export const rewardKey = option(
  "input",
  "--reward-key <key>",
  "the reward model whose scores are used (default: the only one there)",
);
export const rewardKeys = option(
  "input",
  "--reward-key <key...>",
  "these reward models only (default: all in the files)",
);
export const concept = option("input", "--concept <name>", "the attribute's name, for scored files");

export const columns = option(
  "input",
  "--columns <names>",
  "columns of scores made elsewhere: original=A,rewrite=B,rewritten_rewrite=C,treated=D (default: the usual names)",
  { parse: columnNames },
);

export const clusterBy = option(
  "statistics",
  "--cluster-by <field>",
  "field whose equal values make a cluster; nested as a.b",
);
export const by = option(
  "statistics",
  "--by <field>",
  "field whose values make subgroups, with a test that their effects differ; nested as a.b",
);
export const humanKey = option(
  "statistics",
  "--human-key <field>",
  'field with the key of the text that people preferred, or "tie"',
);
export const sensitivity = option(
  "statistics",
  "--sensitivity <extent>",
  "how much is done to bound the effect: what costs little (auto), whatever the data allow (all), nothing (off)",
  { choices: ["auto", "all", "off"] },
);
export const reference = option(
  "statistics",
  "--reference <key>",
  "reward key of what is wanted, in the same file: does the model pay more for it than this?",
);
export const seed = option("statistics", "--seed <number>", "seed of everything random (default: 0)", {
  parse: seedNumber,
});

export const baseUrl = option(
  "rewriter",
  "--base-url <url>",
  "a server that speaks OpenAI's chat completions: vLLM, Ollama, llama.cpp, TGI …",
);
const dryRun = option("cost", "--dry-run", "count requests and tokens, price them, and stop");
export const maxCost = option("cost", "--max-cost <dollars>", "stop before more than this is spent", {
  parse: positive,
});
export const yes = option("cost", "--yes", "do not ask before spending");
export const noCache = option("cost", "--no-cache", "ask again what earlier runs have answers to");

/** Data of the user's own, or a configuration in its place, and how it is rewritten. */
export const DATA_OPTIONS = [
  config,
  option(
    "data",
    "--data <file...>",
    "your own data, instead of a configuration: JSON, JSONL, CSV, TSV or Parquet; several files, a folder, or a pattern",
  ),
  option("data", "--response <column>", "the column that holds the responses"),
  option(
    "data",
    "--messages <column>",
    "in place of --response and a prompt: the column with lists of {role, content}",
  ),
  option(
    "data",
    "--dialogue <column>",
    'in place of --response and a prompt: the column with texts "Human: … Assistant: …"',
  ),
  option("data", "--prompt-column <column>", "the column that holds the prompts"),
  option("data", "--prompt <text>", "one prompt for all responses"),
  option(
    "data",
    "--id-column <column>",
    "the column that holds the ids (default: id, if every row has its own, else row numbers)",
  ),
  option(
    "data",
    "--treated-column <column>",
    "the column that says whether a response has the attribute (default: the attribute's own rule)",
  ),
  option("data", "--treated-is <value>", "the value of that column that means w = 1, such as long"),
  option("data", "--treated-above <number>", "the number in that column above which w = 1", {
    parse: number,
  }),
  option("data", "--attribute <name...>", "attributes to study, for example length formality"),
  option(
    "rewriter",
    "--rewriter <name>",
    "what rewrites: rules, or a chat model, live or by a batch API at half the price (default: openai-batch where a chat model is named, else builtin)",
    { choices: REWRITERS },
  ),
  option("rewriter", "--rewriter-model <name>", "the chat model that rewrites"),
  baseUrl,
  option("cost", "--examples <count>", "use this many examples", { parse: wholeNumber }),
  smokeTest,
  dryRun,
  maxCost,
  yes,
  noCache,
  datasetName,
] as const;

/** Where a reward model runs. */
export const SERVING_OPTIONS = [
  option(
    "models",
    "--runtime <name>",
    "what runs the reward model: this process (onnx), a server, or one that is started for the run (transformers)",
    { choices: RUNTIMES },
  ),
  option(
    "models",
    "--endpoint <url...>",
    "servers of the reward model, or @folder of files that name them; several share the work",
  ),
  option(
    "models",
    "--allow-probe <check...>",
    "continue although the probe of the servers finds this; it is recorded with the scores",
    { choices: CHECKS },
  ),
  option(
    "models",
    "--served-model <name>",
    "the name under which the servers serve the model, where it is not the recipe's model: an alias, a LoRA adapter",
  ),
  option(
    "models",
    "--python <path>",
    "the Python with torch and transformers, for runtime transformers (default: RATE_PYTHON)",
  ),
] as const;

export const raw = option(
  "output",
  "--raw",
  "CSV: texts as they are, also where a spreadsheet would take one for a formula",
);

/** What every command has. */
export const GLOBAL_OPTIONS = [
  option(
    "everywhere",
    "--project-dir <dir>",
    "where files are kept (default: PROJECT_DIR, else the current folder)",
  ),
  option("everywhere", "--debug", "show where an error comes from"),
  option("everywhere", "--trust", "run dataset templates (programs) from outside the current folder"),
] as const;
