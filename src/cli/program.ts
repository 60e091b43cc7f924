import { Command, InvalidArgumentError, Option } from "commander";
import { CHECKS } from "../domain/probe.js";
import { RUNTIMES } from "../domain/serving.js";
import { VERSION } from "../version.js";

/** What the commands do; each is loaded when it is called, so that help answers at once. */
const ACTIONS = {
  demo: async () => (await import("./commands/demo.js")).demo,
  init: async () => (await import("./commands/init.js")).init,
  run: async () => (await import("./commands/run.js")).run,
  createDataset: async () => (await import("./commands/create-dataset.js")).createDataset,
  score: async () => (await import("./commands/score.js")).score,
  submit: async () => (await import("./commands/submit.js")).submit,
  view: async () => (await import("./commands/view.js")).view,
  status: async () => (await import("./commands/status.js")).status,
  power: async () => (await import("./commands/power.js")).power,
  batches: async () => (await import("./commands/batches.js")).batches,
  combine: async () => (await import("./commands/combine.js")).combine,
  effects: async () => (await import("./commands/effects.js")).effects,
  synthetic: async () => (await import("./commands/synthetic.js")).synthetic,
  table: async () => (await import("./commands/table.js")).table,
  plot: async () => (await import("./commands/plot.js")).plot,
  report: async () => (await import("./commands/report.js")).report,
  diff: async () => (await import("./commands/diff.js")).diff,
  export: async () => (await import("./commands/export.js")).exportFiles,
  check: async () => (await import("./commands/check.js")).check,
  doctor: async () => (await import("./commands/doctor.js")).doctor,
};

/** Calls an action with the command's options and positional arguments. */
const action =
  (name: keyof typeof ACTIONS) =>
  async (...given: unknown[]): Promise<void> => {
    const command = given.at(-1) as Command;
    const perform: (flags: never, positional: readonly string[]) => Promise<void> = await ACTIONS[name]();
    await perform(command.optsWithGlobals() as never, command.args);
  };

/** The command line: names, options and examples, nothing else. */
export function createProgram(): Command {
  const program = new Command("rate")
    .description(
      "What does a reward model really reward? RATE rewrites each response to flip one attribute, rewrites the rewrite back, " +
        "scores both, and so measures the causal effect of the attribute on the reward.",
    )
    .version(VERSION)
    .option("--project-dir <dir>", "where files are kept (default: PROJECT_DIR, else the current folder)")
    .option("--debug", "show where an error comes from")
    .exitOverride()
    .showHelpAfterError("(see --help)")
    .configureHelp({ showGlobalOptions: true, helpWidth: 100 })
    .addHelpText("after", EXAMPLES.rate);

  program
    .command("demo")
    .description(
      "the whole pipeline on the embedded data, rewriter and reward model, to a table and a report",
    )
    .option("--output <dir>", "where the demo's project is kept", "demo-output")
    .option("--json", "print the results as JSON")
    .addHelpText("after", EXAMPLES.demo)
    .action(action("demo"));

  program
    .command("init")
    .description("a commented config.yaml, .env.example and a dataset template to edit")
    .argument("[dir]", "where to put them", ".")
    .addHelpText("after", EXAMPLES.init)
    .action(action("init"));

  servingOptions(dataOptions(program.command("run")))
    .description("all stages: data set, rewrites, rewrites of rewrites, scores, effects, report")
    .option("--model <name...>", "reward models to score with")
    .option("--new", "start anew even if the same run has been finished")
    .option("--from <manifest>", "repeat a run by its manifest (runs/<timestamp>.json)")
    .option("--allow-changes", "repeat a run even if its data or templates have changed")
    .option("--json", "print the results as JSON")
    .addHelpText("after", EXAMPLES.run)
    .action(action("run"));

  dataOptions(program.command("create-dataset"))
    .description("load, classify, rewrite, rewrite the rewrites")
    .option("--json", "print the names of the files made as JSON")
    .addHelpText("after", EXAMPLES.createDataset)
    .action(action("createDataset"));

  servingOptions(program.command("score"))
    .description("add one or more reward models' scores to rewrites or to a scored file")
    .option("--config <file>", "configuration file")
    .option("--dataset <file>", "rewrites or scored file, instead of a configuration")
    .option(
      "--model <name...>",
      "reward models to score with: built-in names, or paths of your own templates (.yaml)",
    )
    .option("--name <name>", "name of the data set in file names (default: from the file's name)")
    .option("--smoke-test", "score the first 10 examples only")
    .option("--base-url <url>", "with --runtime judge: a server that speaks OpenAI's chat completions")
    .option("--max-cost <dollars>", "with --runtime judge: stop before it costs more", positive)
    .option("--yes", "do not ask before spending")
    .option("--no-cache", "with --runtime judge: ask anew what earlier runs have answers to")
    .option(
      "--check",
      "show one example as the model reads it, special tokens and all, and its score; then stop",
    )
    .option("--shard <k/n>", "score the k-th of n parts of the examples; rate combine joins them")
    .option("--new", "score a shard anew even if it has been finished")
    .option("--json", "print the names of the files made as JSON")
    .addHelpText("after", EXAMPLES.score)
    .action(action("score"));

  program
    .command("combine")
    .description("join scored files of the same examples, or of parts of them, by id; later ones win")
    .argument("[file...]", "scored files, .json or .jsonl, plain, .gz or .zst")
    .option("--output <file>", "where the joined file goes: .jsonl, or .json for one object keyed by id")
    .option(
      "--config <file>",
      "join the shards of the newest scores of this configuration, in place of named files",
    )
    .option("--shards <count>", "how many shards there are", wholeNumber)
    .option("--smoke-test", "with --config: the shards of its smoke test")
    .option("--json", "print what was joined as JSON")
    .addHelpText("after", EXAMPLES.combine)
    .action(action("combine"));

  program
    .command("effects")
    .description("the estimates, with standard errors, intervals and p-values")
    .option("--config <file>", "configuration file")
    .option("--dataset <file...>", "scored file, instead of a configuration; several are judged together")
    .option(
      "--reward-key <key...>",
      "the reward model whose scores are used (default: the only one there); several, or all",
    )
    .option(
      "--concept <name...>",
      "the attribute's name, one for all data sets or one for each; equal ones are pooled",
    )
    .option(
      "--rename <old=new...>",
      "treat one reward key as another, to pool data sets that name a model differently",
    )
    .option(
      "--output <file>",
      "where the effects go (default: the project's effects folder, or nowhere with --dataset)",
    )
    .addOption(
      new Option("--stderr <method>", "standard errors of the RATE rows").choices(["paired", "unpaired"]),
    )
    .addOption(
      new Option("--ci <method>", "confidence intervals").choices(["normal", "t", "percentile", "bca"]),
    )
    .option("--level <share>", "confidence level, for example 0.95", share)
    .option("--bootstrap <count>", "replicates for percentile and bca intervals (default: 10000)", replicates)
    .option("--seed <number>", "seed of everything random (default: 0)", seed)
    .option(
      "--by <field>",
      "field whose values make subgroups, with a test that their effects differ; nested as a.b",
    )
    .option("--human-key <field>", 'field with the key of the text that people preferred, or "tie"')
    .option("--cluster-by <field>", "field whose equal values make a cluster; nested as a.b")
    .option("--json", "print the effects as JSON")
    .addHelpText("after", EXAMPLES.effects)
    .action(action("effects"));

  program
    .command("check")
    .description("a gate for training pipelines: are the effects shown to lie within limits?")
    .option("--config <file>", "configuration file with a check block")
    .option("--dataset <file...>", "scored files to check (default: the newest ones of the configuration)")
    .option("--effects <file...>", "effects files to check, in place of scored files")
    .option("--within <number>", "limits at −number and number, in place of the configuration's", positive)
    .option("--low <number>", "the effect must lie above", number)
    .option("--high <number>", "the effect must lie below", number)
    .addOption(new Option("--unit <unit>", "unit of the limits (default: sd)").choices(["sd", "reward"]))
    .option("--reward-key <key...>", "reward models to check (default: all in the file)")
    .option("--concept <name>", "the attribute to check (default: all that the limits are about)")
    .option("--against <key>", "check the difference to this reward model on the same texts")
    .option(
      "--baseline <file>",
      "the scored file of the reward model to compare with (default: the same file)",
    )
    .addOption(new Option("--estimator <name>", "default: rate").choices(["rate", "single_rewrite", "naive"]))
    .addOption(new Option("--estimand <name>", "default: ate").choices(["ate", "att", "atu"]))
    .option(
      "--alpha <share>",
      "size of the tests: the intervals have the level 1 − 2 alpha (default: 0.05)",
      share,
    )
    .option("--cluster-by <field>", "field whose equal values make a cluster; nested as a.b")
    .option("--junit <file>", "write the result as JUnit XML")
    .option("--markdown <file>", "write the result as a Markdown table")
    .option("--json", "print the result as JSON")
    .addHelpText("after", EXAMPLES.check)
    .action(action("check"));

  dataOptions(program.command("synthetic"))
    .description("semi-synthetic experiments: the estimators while a confounder grows, against a known truth")
    .argument(
      "<experiment>",
      "length-sentiment, helpfulness-complexity, vowels-typos, worlds (simulated), or typos (writes a data set with typos)",
    )
    .option(
      "--dataset <file>",
      "scored or rewritten data set of the first two (default: the embedded sentences)",
    )
    .option("--reward-key <key>", "the reward model whose scores are used (default: the only one there)")
    .option("--model <name>", "reward model to score with")
    .option("--confounder <field>", "field with the confounder, split at its median; nested as a.b")
    .option("--percent <number>", "typos: percent of the words", percent)
    .option("--vowels-only", "typos: only in texts that start with a vowel")
    .option("--output <file>", "typos: where the data set goes, a .jsonl")
    .option("--replicates <count>", "worlds: simulated data sets for each", wholeNumber, 500)
    .option("--seed <number>", "seed of everything random", seed, 0)
    .option("--json", "print the results as JSON")
    .addHelpText("after", EXAMPLES.synthetic)
    .action(action("synthetic"));

  program
    .command("plot")
    .description("figures of results, fit for a paper or a screen, as SVG, PNG, PDF or Vega-Lite JSON")
    .argument(
      "<kind>",
      "forest (a whole study), naive-vs-rate, rewrite-bias (single against double rewrites), heatmap, densities (of the rewards), synthetic",
    )
    .argument(
      "<file...>",
      "effects files, studies (rate effects … --output), scored files, or a plotting configuration (.jsonl)",
    )
    .option(
      "--output <file...>",
      "where the figure goes; the end of the name says the format (default: plots/)",
    )
    .addOption(
      new Option("--theme <name>", "sizes for print or for a screen")
        .choices(["paper", "screen"])
        .default("paper"),
    )
    .option("--reward-key <key...>", "these reward models alone (default: all)")
    .addHelpText("after", EXAMPLES.plot)
    .action(action("plot"));

  program
    .command("report")
    .description(
      "one HTML file that opens offline: the answer, estimates, checks, examples, and how it was done",
    )
    .argument(
      "<files...>",
      "effects files, studies (rate effects … --output), scored files, or project directories",
    )
    .option("--output <file>", "where the report goes", "report.html")
    .option("--title <text>", "the report's title")
    .option("--reward-key <key...>", "show these reward models only")
    .option("--concept <name>", "the attribute's name, for scored files")
    .option("--by <field>", "subgroups, for scored files; nested as a.b")
    .option("--human-key <field>", "field with the text that people preferred, for scored files")
    .option("--cluster-by <field>", "field whose equal values make a cluster, for scored files")
    .option("--examples <count>", "examples of each kind", wholeNumber, 2)
    .addHelpText("after", EXAMPLES.report)
    .action(action("report"));

  program
    .command("diff")
    .description(
      "what differs between two runs: program, configuration, data, models, counts, cost, estimates",
    )
    .argument("<a>", "a manifest (runs/<timestamp>.json)")
    .argument("<b>", "another one")
    .option("--json", "print the differences as JSON")
    .addHelpText("after", EXAMPLES.diff)
    .action(action("diff"));

  program
    .command("export")
    .description(
      "tidy tables for pandas, R and others: a row for each example and reward model, or for each estimate",
    )
    .argument("<files...>", "scored files, effects files or studies")
    .requiredOption(
      "--output <file>",
      "where the table goes; the end of the name says the format: .csv, .parquet, .arrow",
    )
    .option("--estimates", "a row for each estimate, of scored files too")
    .option("--reward-key <key...>", "these reward models only")
    .option("--concept <name>", "the attribute's name, for scored files")
    .addHelpText("after", EXAMPLES.export)
    .action(action("export"));

  program
    .command("doctor")
    .description("what is set up and what is missing: keys, endpoints, models, disk, SLURM")
    .option("--config <file>", "look at what this configuration needs")
    .option("--json", "print the findings as JSON")
    .addHelpText("after", EXAMPLES.doctor)
    .action(action("doctor"));

  program
    .command("table")
    .description(
      "tables of estimates, or of sampled rewrites with their rewards: terminal, Markdown, CSV, LaTeX",
    )
    .argument("<kind>", "estimates or examples")
    .argument("<file...>", "effects files, studies, scored files, or a plotting configuration (.jsonl)")
    .addOption(
      new Option(
        "--format <name>",
        "default: by the end of --output's name (.md, .csv, .tex), else terminal",
      ).choices(["terminal", "markdown", "csv", "latex"]),
    )
    .option("--output <file>", "where the table goes (default: it is printed)")
    .option("--reward-key <key...>", "these reward models alone (default: all)")
    .option("--ate-only", "estimates: without ATT and ATU")
    .option("--rows <count>", "examples: how many are sampled", wholeNumber, 5)
    .option("--letters <count>", "examples: texts are cut after so many letters", wholeNumber, 500)
    .option("--seed <number>", "examples: seed of the sample", seed, 0)
    .option("--unicode", "LaTeX for LuaLaTeX or XeLaTeX: all letters as they are")
    .addHelpText("after", EXAMPLES.table)
    .action(action("table"));

  program
    .command("batches")
    .description("the batches that providers work on for this project: list, resume, cancel")
    .argument("[what]", "list, resume or cancel", "list")
    .argument("[id...]", "batches to cancel")
    .option("--all", "cancel all that are open")
    .option("--json", "print the list as JSON")
    .addHelpText("after", EXAMPLES.batches)
    .action(action("batches"));

  program
    .command("submit")
    .description("stages of a configuration as SLURM jobs, each to begin when the one before has succeeded")
    .argument("[stage...]", "create-dataset, score, effects (one or several), or run")
    .option("--config <file>", "configuration file; its slurm block says what jobs ask for")
    .option("--shards <count>", "score in so many parts at once, then join them", wholeNumber)
    .option("--partition <name>", "partition (default: slurm.partition, else PARTITION in .env)")
    .option("--time <time>", "time limit: minutes, HH:MM:SS or D-HH:MM:SS")
    .option("--memory <size>", "memory, for example 16G")
    .option("--cpus <count>", "CPU cores", wholeNumber)
    .option("--gpus <gpus>", "GPUs: a number, or a type and a number: a100:2")
    .option("--after <id...>", "jobs that must succeed first")
    .option("--smoke-test", "a quick try")
    .option("--dry-run", "print the job scripts and submit nothing")
    .option("--json", "print what was submitted as JSON")
    .addHelpText("after", EXAMPLES.submit)
    .action(action("submit"));

  program
    .command("view")
    .description("look at runs, results and all examples in the browser, while a run goes on too")
    .argument(
      "[path...]",
      "a project directory, or rewrites, scored and effects files (default: the project directory)",
    )
    .option("--port <number>", "listen on this port of 127.0.0.1 (default: a free one)", portNumber)
    .option("--open", "open the page in the browser (default: at a desktop's terminal)")
    .option("--no-open", "only print the address")
    .addHelpText("after", EXAMPLES.view)
    .action(action("view"));

  program
    .command("status")
    .description("how submitted jobs and unfinished runs stand: SLURM's queue, progress, files made")
    .argument(
      "[timestamp]",
      "one submission or run (default: what is not finished, and the newest submission)",
    )
    .option("--all", "everything that this project has seen")
    .option("--json", "print it as JSON")
    .addHelpText("after", EXAMPLES.status)
    .action(action("status"));

  program
    .command("power")
    .description(
      "how many examples a study needs, from a pilot or an assumed spread, and what the rewrites would cost",
    )
    .option("--dataset <file>", "a pilot's scored file")
    .option("--reward-key <key>", "the reward model of the pilot (default: the only one there)")
    .option(
      "--sd <number>",
      "standard deviation of the paired differences in effect sizes, instead of a pilot",
      positive,
    )
    .option("--standard-error <number>", "goal: the standard error of the effect size", positive)
    .option("--width <number>", "goal: the width of the interval", positive)
    .option("--power <share>", "goal: the chance to find --effect; with --within, of a decision (0.8)", share)
    .option(
      "--effect <number>",
      "the effect size that --power is about; with --within, 0 if left out",
      positive,
    )
    .option("--within <number>", "goal: rate check decides whether the effect lies within ± this", positive)
    .option("--alpha <share>", "size of the tests of --within", share, 0.05)
    .option("--level <share>", "confidence level", share, 0.95)
    .option("--prompt-tokens <count>", "tokens of a request (default: from the pilot's texts)", positive)
    .option("--completion-tokens <count>", "tokens of an answer (default: from the pilot's texts)", positive)
    .option("--prompt-price <number>", "price of a million tokens of requests", positive)
    .option("--completion-price <number>", "price of a million tokens of answers", positive)
    .option("--json", "print the plan as JSON")
    .addHelpText("after", EXAMPLES.power)
    .action(action("power"));

  return program;
}

function positive(text: string): number {
  const value = Number(text);
  if (!(value > 0 && Number.isFinite(value))) throw new InvalidArgumentError("expected a number above 0.");
  return value;
}

function number(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !Number.isFinite(value)) throw new InvalidArgumentError("expected a number.");
  return value;
}

function percent(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !(value >= 0 && value <= 100))
    throw new InvalidArgumentError("expected a number from 0 to 100.");
  return value;
}

function replicates(text: string): number {
  const value = wholeNumber(text);
  if (value < 100) throw new InvalidArgumentError("expected at least 100.");
  return value;
}

function portNumber(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0 || value > 65535)
    throw new InvalidArgumentError("expected a number from 0 to 65535.");
  return value;
}

function seed(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 0)
    throw new InvalidArgumentError("expected a whole number from 0.");
  return value;
}

function dataOptions(command: Command): Command {
  return command
    .option("--config <file>", "configuration file")
    .option("--data <file>", "your own data, instead of a configuration: JSON, JSONL, CSV or Parquet")
    .option("--response <column>", "the column that holds the responses")
    .option("--prompt-column <column>", "the column that holds the prompts")
    .option("--prompt <text>", "one prompt for all responses")
    .option("--id-column <column>", "the column that holds the ids (default: row numbers)")
    .option(
      "--treated-column <column>",
      "the column that says whether a response has the attribute (default: the attribute's own rule)",
    )
    .option("--attribute <name...>", "attributes to study, for example length formality")
    .option("--name <name>", "name of the data set in file names (default: from the file's name)")
    .addOption(
      new Option(
        "--rewriter <name>",
        "what rewrites: rules, or a chat model, live or by a batch API at half the price (default: openai-batch where a chat model is named, else builtin)",
      ).choices(["builtin", "openai", "openai-batch", "anthropic-batch"]),
    )
    .option("--rewriter-model <name>", "the chat model that rewrites")
    .option(
      "--base-url <url>",
      "a server that speaks OpenAI's chat completions: vLLM, Ollama, llama.cpp, TGI …",
    )
    .option("--dry-run", "count requests and tokens, price them, and stop")
    .option("--max-cost <dollars>", "stop before a data set's rewrites cost more", positive)
    .option("--yes", "do not ask before spending")
    .option("--no-cache", "ask anew what earlier runs have answers to")
    .option("--examples <count>", "use so many examples", wholeNumber)
    .option("--smoke-test", "a quick try: at most 30 examples, the first 10 scored");
}

function servingOptions(command: Command): Command {
  return command
    .addOption(
      new Option(
        "--runtime <name>",
        "what runs the reward model: this process (onnx), a server, or one that is started for the run (transformers)",
      ).choices([...RUNTIMES]),
    )
    .option(
      "--endpoint <url...>",
      "servers of the reward model, or @folder of files that tell them; several share the work",
    )
    .addOption(
      new Option(
        "--allow-probe <check...>",
        "go on although the probe of the servers finds this; it is written down with the scores",
      ).choices([...CHECKS]),
    )
    .option(
      "--python <path>",
      "the Python with torch and transformers, for runtime transformers (default: RATE_PYTHON)",
    );
}

function wholeNumber(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1)
    throw new InvalidArgumentError("expected a whole number from 1.");
  return value;
}

function share(text: string): number {
  const value = Number(text);
  if (!(value > 0 && value < 1)) throw new InvalidArgumentError("expected a number between 0 and 1.");
  return value;
}

const EXAMPLES = {
  rate: `
Examples:
  $ rate demo                                        see what RATE tells you, in a minute
  $ rate run --data reviews.jsonl --response text --prompt "Write a review: " \\
      --attribute length formality --model embedded
  $ rate effects --dataset scored.jsonl --reward-key my-org/my-reward-model`,
  demo: `
Examples:
  $ rate demo
  $ rate demo --output /tmp/rate-demo --json`,
  init: `
Examples:
  $ rate init                 in the current folder
  $ rate init my-study`,
  run: `
Examples:
  $ rate run --config config.yaml
  $ rate run --data answers.jsonl --response answer --prompt-column question --attribute length --model embedded
  $ rate run --data answers.jsonl --response answer --prompt "" --attribute list_structure --model embedded \
      --rewriter openai --rewriter-model qwen3 --base-url http://localhost:8000/v1
  $ rate run --from runs/20250101_120000.json        repeat a run, on the same data and models
A run that was broken off goes on where it was when the same command is given again.`,
  createDataset: `
Examples:
  $ rate create-dataset --config config.yaml
  $ rate create-dataset --data answers.jsonl --response answer --prompt-column question --attribute length`,
  score: `
Examples:
  $ rate score --config config.yaml
  $ rate score --dataset data/rewrites/reviews_length_dataset_20260101_120000.json --model embedded
  $ rate score --dataset rewrites.json --model ./my_model.yaml skywork_v2_llama_8b
  $ rate score --check --model deberta                 is the input right? see docs/scoring.md
  $ rate score --config config.yaml --runtime vllm --endpoint http://gpu1:8000 http://gpu2:8000
  $ rate score --config config.yaml --runtime vllm --endpoint @servers     servers that are SLURM jobs: docs/cluster.md
  $ rate score --config config.yaml --model armorm --runtime transformers
  $ rate score --config config.yaml --model gpt-4o-mini --runtime judge --max-cost 5
  $ rate score --config config.yaml --model deberta --runtime tei --endpoint http://localhost:8080
  $ rate score --config config.yaml --shard 3/16       the third of sixteen parts; rate combine joins them
Broken off, the same command goes on where it was.`,
  combine: `
Examples:
  $ rate combine armorm.jsonl deberta.jsonl.gz --output both.jsonl
  $ rate combine --config config.yaml --shards 16      what rate score --shard 1/16 to 16/16 have made
Texts, prompts and w of an example must agree in all files. Examples keep the order in which they first stand.`,
  effects: `
Examples:
  $ rate effects --config config.yaml
  $ rate effects --dataset scored.jsonl --reward-key my-org/my-reward-model --output effects.json
  $ rate effects --dataset scored.jsonl --cluster-by prompt_id --ci t --json
  $ rate effects --dataset scored.jsonl --ci bca --bootstrap 10000 --seed 1
  $ rate effects --dataset scored.jsonl --by site --human-key human_preference
  $ rate effects --dataset imdb.jsonl eli5.jsonl --concept length --reward-key all --output study.json`,
  check: `
Examples:
  $ rate check --config config.yaml --junit check.xml --markdown check.md
  $ rate check --effects effects/reviews_length_my-model_treatment_effects_20250101_120000.json --within 0.1
  $ rate check --dataset scored.jsonl --reward-key new --against old --high 0.05
  $ rate check --dataset new.jsonl --baseline old.jsonl --within 0.05
In the configuration:
  check:
    alpha: 0.05
    limits:
      - { concept: length, within: 0.1 }                    # every reward model, in standard deviations of the reward
      - { concept: sentiment, reward_key: my-model, low: 0.2, unit: reward }
      - { concept: length, against: { reward_key: old-model }, high: 0.05 }
Exit code: 0 shown to lie inside all limits, 3 shown to lie outside one, 4 neither is shown, 1 and 2 errors.`,
  synthetic: `
Examples:
  $ rate synthetic length-sentiment                   on the embedded sentences, rewriter and reward model
  $ rate synthetic length-sentiment --dataset imdb_length_distilbert_positive_scored.jsonl
  $ rate synthetic helpfulness-complexity --dataset helpsteer_scored.jsonl --confounder complexity
  $ rate synthetic vowels-typos --data reviews.jsonl --response text --prompt "" --model embedded \\
      --rewriter openai --rewriter-model qwen3 --base-url http://localhost:8000/v1
  $ rate synthetic worlds --replicates 1000
  $ rate synthetic typos --percent 30 --data reviews.jsonl --response text --output typos.jsonl`,
  table: `
Examples:
  $ rate table estimates study.json
  $ rate table estimates effects/*.json --output estimates.tex
  $ rate table estimates scored.jsonl --format csv > estimates.csv
  $ rate table examples scored.jsonl --reward-key my-org/my-reward-model --rows 3 --seed 1 --output examples.tex`,
  export: `
Examples:
  $ rate export scored.jsonl --output differences.parquet
  $ rate export length.jsonl structure.jsonl --output differences.csv
  $ rate export effects/*.json --output estimates.arrow
Read them with pandas, R or Altair: see docs/export.md.`,
  report: `
Examples:
  $ rate report effects/*.json                        the scored files are looked for in the project
  $ rate report study.json scored.jsonl --output study.html
  $ rate report scored.jsonl --concept length --human-key human_preference
  $ rate report my-project --title "Reward models, spring"
The report shows examples where a result's scored file is given, or lies in data/scored of the project.`,
  plot: `
Examples:
  $ rate plot forest study.json --output study.pdf study.svg
  $ rate plot naive-vs-rate effects/*.json --output naive-vs-rate.pdf
  $ rate plot densities scored.jsonl --reward-key my-org/my-reward-model --output densities.png --theme screen
  $ rate plot heatmap plots.jsonl --output heatmap.svg
A plotting configuration has a line for each result, with a scored file of the project:
  {"dataset_name": "imdb_length", "concept": "length", "score": "armorm", "reward_key": "…", "dataset_filename": "….jsonl"}`,
  submit: `
Examples:
  $ rate submit run --config config.yaml
  $ rate submit score --config config.yaml --shards 16 --gpus 1 --time 4:00:00
  $ rate submit create-dataset score effects --config config.yaml --shards 4
  $ rate submit score --config config.yaml --shards 16 --dry-run
In the configuration, with what some stages need besides:
  slurm:
    partition: general
    time: "4:00:00"
    memory: 8G
    score: { partition: gpu, gpus: 1, memory: 32G, constraint: a100 }
A job that is preempted or runs out of time goes back into the queue and on where it was. More in docs/cluster.md.`,
  view: `
Examples:
  $ rate view                        the project of the current folder
  $ rate view demo-output
  $ rate view scored.jsonl.gz effects.json
  $ rate view --port 8123 --no-open  on another machine; then, here: ssh -L 8123:127.0.0.1:8123 that-machine
The page answers on this machine alone, and nothing is written or sent anywhere. Its address holds what is looked at: filters,
order and example can be linked to. Ctrl-C ends it.`,
  status: `
Examples:
  $ rate status
  $ rate status 20250101_120000 --json`,
  diff: `
Examples:
  $ rate diff runs/20250101_120000.json runs/20250201_120000.json
  $ rate run --from runs/20250101_120000.json     repeats a run and says what differs`,
  doctor: `
Examples:
  $ rate doctor
  $ rate doctor --config config.yaml     before a long run
Keys are looked at and never shown; nothing is asked that costs money. Exit code: 0 all in order, 1 something is missing.`,
  batches: `
Examples:
  $ rate batches                     every batch of the project, and how it stands
  $ rate batches resume              go on with the runs that are not finished
  $ rate batches cancel batch_abc123`,
  power: `
Examples:
  $ rate power --dataset pilot_scored.jsonl --width 0.05
  $ rate power --sd 0.4 --power 0.9 --effect 0.05
  $ rate power --sd 0.4 --within 0.1            for rate check --within 0.1
  $ rate power --dataset pilot_scored.jsonl --standard-error 0.01 --prompt-price 1.25 --completion-price 5`,
};
