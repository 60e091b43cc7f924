import { z } from "zod";
import { CHECKS } from "../probe.js";
import { REWRITERS } from "../rewriter.js";
import { RUNTIMES } from "../serving.js";
import { chat } from "./chat.js";
import { recipeSchema } from "./recipe.js";

/**
 * The configuration file. The three blocks and their keys are the published ones; everything that describes a study
 * beyond them (data of one's own, several attributes and reward models, inference) is optional.
 */

const name = z.string().min(1, "must not be empty");
const oneOrMore = <Item extends z.ZodType>(item: Item) =>
  z.union([item, z.array(item).min(1, "must name at least one")]);

/** Which responses have the attribute: a column of labels, or a column and the value, or the number above which, that means w = 1. */
const treated = z.union(
  [
    name,
    z.strictObject({ column: name, is: z.union([z.string(), z.number(), z.boolean()]) }),
    z.strictObject({ column: name, above: z.number() }),
  ],
  "expected a column, { column, is: a value } or { column, above: a number }",
);

/** Which column of the user's data is what. Responses are texts, or the last answers of conversations. */
const columns = z
  .strictObject({
    id: name.optional(),
    prompt: name.optional(),
    response: name.optional(),
    /** A list of `{role, content}`. */
    messages: name.optional(),
    /** A text such as `Human: … Assistant: …`. */
    dialogue: name.optional(),
    treated: treated.optional(),
    /** A person's minimal edit of the response that flips the attribute, where there is one. */
    counterfactual: name.optional(),
  })
  .refine(
    ({ response, messages, dialogue }) =>
      [response, messages, dialogue].filter((column) => column !== undefined).length === 1,
    "needs response, messages or dialogue, one of the three",
  )
  .refine(
    ({ prompt, messages, dialogue }) => prompt === undefined || (messages ?? dialogue) === undefined,
    "prompt goes with response: messages and dialogue hold their prompts themselves",
  );

const data = z
  .strictObject({
    /** A file, several, a folder of them, or a pattern. */
    file: oneOrMore(name).optional(),
    /** A data set on the Hugging Face Hub, in place of a file. */
    hub: name.optional(),
    split: name.optional(),
    config: name.optional(),
    revision: name.optional(),
    path: name.optional(),
    columns,
    /** One prompt for all examples, for data without a prompt column. */
    prompt: z.string().optional(),
  })
  .refine(
    ({ file, hub }) => (file === undefined) !== (hub === undefined),
    "needs file or hub, one of the two",
  )
  .refine(
    ({ prompt, columns }) => prompt === undefined || (columns.messages ?? columns.dialogue) === undefined,
    "prompt goes with columns.response: messages and dialogue hold their prompts themselves",
  );

/** US dollars for a million tokens, live. */
const prices = z.strictObject({ prompt: z.number().nonnegative(), completion: z.number().nonnegative() });

const rewrites = z.strictObject({
  dataset_name: oneOrMore(name),
  data: data.optional(),
  attribute: oneOrMore(name).optional(),
  /** Published templates with the rows, ids and prompts of the published code, where ours differ. */
  published: z.literal("exact").optional(),
  /** Where an attribute's own measure is split, instead of at its usual place. */
  threshold: z.union([z.number(), z.literal("median")]).optional(),
  rewriter: z.enum(REWRITERS).optional(),
  ...chat,
  /** The model that judges whether texts have the attribute. */
  judge: z.strictObject({ ...chat, prices: prices.optional() }).optional(),
  /** A third rewrite of each text that keeps the attribute as it is. */
  placebo: z.boolean().optional(),
  /** Rewrite the rewrites of rewrites once more: half as many requests again, to measure what each pass adds. */
  third_pass: z.boolean().optional(),
  batch: z
    .strictObject({
      max_requests: z.int().positive().optional(),
      max_queued_tokens: z.int().positive().optional(),
      poll_seconds: z.number().positive().optional(),
      search_seconds: z.number().nonnegative().optional(),
    })
    .optional(),
  prices: prices.optional(),
  /** US dollars that the whole command may cost, all its data sets and models together. */
  max_cost: z.number().positive().optional(),
  /** Whether answers of earlier runs are used. */
  cache: z.boolean().optional(),
  n_examples: z.int().positive().optional(),
});

/** Where and how a reward model runs. */
const serving = {
  runtime: z.enum(RUNTIMES).optional(),
  endpoints: z
    .array(
      z.union(
        [z.url({ protocol: /^https?$/ }), z.string().regex(/^@./)],
        "expected http://…, or @ and a folder",
      ),
    )
    .min(1, "must name at least one")
    .optional(),
  concurrency: z.int().positive().max(1024).optional(),
  /** Seconds. */
  timeout: z.number().positive().optional(),
  patience: z.number().positive().optional(),
  allow_probe: z.array(z.enum(CHECKS)).optional(),
  /** The name under which servers serve the model, where it is not the recipe's model. */
  served_model: name.optional(),
  python: name.optional(),
  /** A language model as the reward model. */
  judge: z
    .strictObject({
      ...chat,
      reward_key: name.optional(),
      rubric: name.optional(),
      scale: z.tuple([z.int().nonnegative(), z.int().positive().max(100)]).optional(),
      score: z.enum(["logprobs", "parsed"]).optional(),
      prices: prices.optional(),
      max_cost: z.number().positive().optional(),
      cache: z.boolean().optional(),
    })
    .optional(),
};

const scoring = z.strictObject({
  model: oneOrMore(name),
  ...serving,
  /** Recipes of one's own, by the names that `model` uses; a folder in them is relative to the current one. */
  recipes: z.record(name, recipeSchema).optional(),
  /** The same for single models, by their names, where several are scored. */
  serving: z.record(name, z.strictObject(serving)).optional(),
  dataset_folder: z.enum(["rewrites", "scored"]).default("rewrites"),
  dataset_filename: name.nullish(),
  dataset_name: name.optional(),
});

/** Which columns of a table made elsewhere hold the rewards, and W. */
const scoreColumns = z.strictObject({
  original: name.optional(),
  rewrite: name.optional(),
  rewritten_rewrite: name.optional(),
  treated: name.optional(),
});

const effects = z.strictObject({
  columns: scoreColumns.optional(),
  dataset_name: name.optional(),
  dataset_folder: name.nullish(),
  concept: name.optional(),
  score: name.optional(),
  reward_key: name.optional(),
  dataset_filename: name.nullish(),
  w_original_key: name.optional(),
  w_counterfactual_key: name.optional(),
  w_rewritten_rewrite_key: name.optional(),
  stderr: z.enum(["paired", "unpaired"]).optional(),
  ci: z.enum(["normal", "t", "percentile", "bca"]).optional(),
  level: z.number().gt(0).lt(1).optional(),
  cluster_by: name.optional(),
  bootstrap: z.int().min(100).optional(),
  seed: z.int().nonnegative().optional(),
  by: name.optional(),
  human_key: name.optional(),
  /** How much is done to bound the effect: auto (what costs little), all, or off. */
  sensitivity: z.enum(["auto", "all", "off"]).optional(),
  /** Reward key of what is wanted, in the same file: a judge, a second model. */
  reference: name.optional(),
  /** Effect sizes within ± this are negligible. */
  negligible: z.number().positive().optional(),
});

/** Where one effect is to lie; for `rate check`. */
const limit = z
  .strictObject({
    dataset_name: name.optional(),
    dataset_filename: name.optional(),
    /** The attribute; with a rewrites block, all of its data sets that are about it. */
    concept: name.optional(),
    /** Default: every reward model in the file. */
    reward_key: oneOrMore(name).optional(),
    /** Hold the difference to this reward model's effect on the same texts against the limits, in place of the effect. */
    against: z
      .strictObject({ reward_key: name.optional(), dataset_filename: name.optional() })
      .refine((value) => Object.keys(value).length > 0, "needs reward_key, dataset_filename, or both")
      .optional(),
    estimator: z.enum(["rate", "single_rewrite", "naive"]).default("rate"),
    /** Default: ate; written out, arms of opposite signs that cancel do not leave it undecided. */
    estimand: z.enum(["ate", "att", "atu"]).optional(),
    unit: z.enum(["sd", "reward"]).default("sd"),
    /** Short for low: −within and high: within. */
    within: z.number().positive().optional(),
    low: z.number().optional(),
    high: z.number().optional(),
  })
  .refine(
    ({ within, low, high }) => (within === undefined) !== (low === undefined && high === undefined),
    "needs within, or low and high (or one of the two)",
  )
  .refine(({ low, high }) => low === undefined || high === undefined || low < high, "low must be below high");

const check = z
  .strictObject({
    /** Size of the one-sided tests: the intervals have the level 1 − 2 alpha. */
    alpha: z.number().gt(0).lt(0.5).default(0.05),
    power: z.number().gt(0).lt(1).default(0.8),
    /** Looks at growing data that share alpha, and which one this is. */
    looks: z.int().min(1).max(100).optional(),
    look: z.int().min(1).optional(),
    /** Whether a warning of the diagnostics makes a limit undecided. */
    warnings: z.enum(["note", "undecided"]).default("note"),
    limits: z.array(limit).min(1, "must name at least one"),
  })
  .refine(({ looks, look }) => look === undefined || (looks !== undefined && look <= looks), {
    message: "must be one of the planned looks (looks)",
    path: ["look"],
  });

/** One word of an #SBATCH line. */
const word = z
  .string()
  .regex(/^[^\s"'\\#`$\p{Cc}]+$/u, "expected one word without quotes, spaces, $, # or backslashes");

/** What jobs ask of a SLURM cluster. */
const resources = {
  partition: word.optional(),
  time: z
    .union([z.int().positive(), z.string()])
    .transform(String)
    .refine(
      (text) => /^(\d+|\d+:\d{1,2}|\d+:\d{1,2}:\d{1,2}|\d+-\d{1,2}(:\d{1,2}){0,2})$/.test(text),
      "expected minutes, HH:MM:SS or D-HH:MM:SS",
    )
    .optional(),
  memory: z
    .string()
    .regex(/^\d+[KMGT]?$/i, "expected a size such as 16G")
    .optional(),
  cpus: z.int().positive().optional(),
  gpus: z
    .union([z.int().nonnegative(), z.string()])
    .transform(String)
    .refine((text) => /^([\w.-]+:)?\d+$/.test(text), "expected a number, or a type and a number: a100:2")
    .optional(),
  constraint: word.optional(),
  account: word.optional(),
  qos: word.optional(),
  extra: z.array(word.startsWith("-", "expected an option of sbatch, such as --mail-type=END")).optional(),
  setup: z.string().optional(),
  requeue: z.boolean().optional(),
  grace_seconds: z.int().min(10).max(3600).optional(),
};

const stage = z.strictObject(resources).optional();

const slurm = z.strictObject({
  ...resources,
  /** Parts that scoring is cut into. */
  shards: z.int().min(1).max(10_000).optional(),
  /** What a stage asks for in place of the above. */
  create_dataset: stage,
  score: stage,
  combine: stage,
  effects: stage,
  run: stage,
});

export const configSchema = z.strictObject({
  smoke_test: z.boolean().default(false),
  rewrites: rewrites.optional(),
  scoring: scoring.optional(),
  effects: effects.optional(),
  check: check.optional(),
  slurm: slurm.optional(),
});

export type Config = z.infer<typeof configSchema>;
export type RewritesConfig = NonNullable<Config["rewrites"]>;
export type ScoringConfig = NonNullable<Config["scoring"]>;
export type JudgeConfig = NonNullable<ScoringConfig["judge"]>;
export type EffectsConfig = NonNullable<Config["effects"]>;
export type SlurmConfig = NonNullable<Config["slurm"]>;
export type CheckConfig = NonNullable<Config["check"]>;
export type LimitConfig = CheckConfig["limits"][number];
