import type { Config, JudgeConfig, ScoringConfig } from "../domain/config/schema.js";
import { inputError } from "../domain/errors.js";
import { nameFromFile } from "../estimation/stage/choices.js";
import { readSmall, type SmallFile } from "../storage/readers/small-file.js";
import type { FlagsIn } from "./options/option.js";
import type { baseUrl, DATA_OPTIONS, maxCost, noCache, SERVING_OPTIONS } from "./options/shared.js";
import { requireTrusted } from "./trust.js";

/** Options that describe data of the user's own, and a configuration file in their place. */
export type DataFlags = FlagsIn<(typeof DATA_OPTIONS)[number]> & { readonly model?: string | string[] };

/** Options that say where a reward model runs. */
export type ServingFlags = FlagsIn<
  (typeof SERVING_OPTIONS)[number] | typeof baseUrl | typeof maxCost | typeof noCache
>;

/** A scoring block with the flags put over it. */
export function withServing(
  scoring: Partial<ScoringConfig>,
  {
    runtime,
    endpoint: endpoints,
    allowProbe: allow_probe,
    servedModel: served_model,
    python,
    ...money
  }: ServingFlags,
): Partial<ScoringConfig> {
  const judged = (runtime ?? scoring.runtime) === "judge";
  const limited = money.maxCost === undefined ? scoring : withoutLimits(scoring);
  const judge = judged && { judge: { ...limited.judge, ...judgeFlags(money) } };
  return {
    ...limited,
    ...(withoutUndefined({ runtime, endpoints, allow_probe, served_model, python }) as object),
    ...judge,
  };
}

/** The one limit of a call stands in the place of those of the configuration's parts. */
function withoutLimits(scoring: Partial<ScoringConfig>): Partial<ScoringConfig> {
  const { judge, serving } = scoring;
  return {
    ...scoring,
    ...(judge && { judge: withoutLimit(judge) }),
    ...(serving && {
      serving: Object.fromEntries(
        Object.entries(serving).map(([name, said]) => [
          name,
          said.judge ? { ...said, judge: withoutLimit(said.judge) } : said,
        ]),
      ),
    }),
  };
}

function withoutLimit(judge: JudgeConfig): JudgeConfig {
  const { max_cost: _, ...rest } = judge;
  return rest;
}

function judgeFlags({ baseUrl, cache }: Pick<ServingFlags, "baseUrl" | "cache">): object {
  return withoutUndefined({
    base_url: baseUrl,
    cache: cache === false ? false : undefined,
  }) as object;
}

/** The configuration that a call describes, with the flags about money put over it. */
export async function settingsOf(flags: DataFlags): Promise<Config> {
  const config = await describedBy(flags);
  if (!config.rewrites) return config;
  const given = withoutUndefined({
    max_cost: flags.maxCost,
    cache: flags.cache === false ? false : undefined,
  });
  return { ...config, rewrites: { ...config.rewrites, ...(given as object) } };
}

/** The configuration that a call describes: its file, or its flags. */
async function describedBy(flags: DataFlags): Promise<Config> {
  if (flags.config !== undefined) {
    if (flags.data !== undefined)
      throw inputError("--config and --data exclude each other: the config names its data");
    const config = await readConfig(flags.config);
    return flags.smokeTest ? { ...config, smoke_test: true } : config;
  }
  if (flags.data === undefined)
    throw inputError("nothing to work on: give --config FILE, or --data FILE (see --help)");
  const { response, messages, dialogue } = flags;
  if (response === undefined && messages === undefined && dialogue === undefined)
    throw inputError(
      "--data needs --response COLUMN: the column that holds the responses (or --messages or --dialogue, for one with whole conversations)",
    );
  const { checkConfig } = await import("../domain/config/parse.js");
  return checkConfig(
    withoutUndefined({
      smoke_test: flags.smokeTest,
      rewrites: {
        dataset_name: flags.name ?? nameOfData(flags.data[0]!),
        data: {
          file: flags.data.length === 1 ? flags.data[0] : flags.data,
          columns: {
            response,
            messages,
            dialogue,
            prompt: flags.promptColumn,
            id: flags.idColumn,
            treated: treatedOf(flags),
          },
          prompt: flags.prompt,
        },
        attribute: flags.attribute,
        n_examples: flags.examples,
        rewriter: flags.rewriter,
        model: flags.rewriterModel,
        base_url: flags.baseUrl,
      },
      scoring: flags.model && { model: flags.model },
    }),
    "the call",
  );
}

/** A name for data from its path; a pattern is named after what stands around it. */
function nameOfData(path: string): string {
  return (
    nameFromFile(path.replace(/[/\\]+$/, ""))
      .replace(/[*?[\]{}!,]+/g, "")
      .replace(/^[-_.]+|[-_.]+$/g, "") || "data"
  );
}

/** The column of labels, and what means w = 1 in it. */
function treatedOf({ treatedColumn: column, treatedIs: is, treatedAbove: above }: DataFlags) {
  if (is === undefined && above === undefined) return column;
  if (column === undefined)
    throw inputError(
      "--treated-is and --treated-above need --treated-column COLUMN: the column they are about",
    );
  if (is !== undefined && above !== undefined)
    throw inputError("--treated-is and --treated-above exclude each other: give one of them");
  return is === undefined ? { column, above } : { column, is };
}

/** A configuration is some kilobytes. */
const CONFIGURATION: SmallFile = {
  what: "a configuration",
  most: 16 << 20,
  advice: "rate init makes a config.yaml to start from",
};

/**
 * Reads a configuration file; a missing one is an error that says how to get one. Throws when it names a template that the
 * user has not been asked about (see `requireTrusted`).
 */
export async function readConfig(file: string, trusted = process.argv.includes("--trust")): Promise<Config> {
  const text = await readSmall(file, CONFIGURATION);
  const { parseConfig } = await import("../domain/config/parse.js");
  const config = parseConfig(text, file);
  await requireTrusted(config, file, trusted);
  return config;
}

/** The same value without keys that hold undefined, at every depth. */
export function withoutUndefined(value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, inner]) => inner !== undefined)
      .map(([key, inner]) => [key, withoutUndefined(inner)]),
  );
}
