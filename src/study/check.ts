import { createHash } from "node:crypto";
import type { CheckConfig, LimitConfig } from "../domain/config/schema.js";
import { inputError } from "../domain/errors.js";
import { TEXT_KEYS } from "../domain/example.js";
import {
  type Estimate,
  examplesToDecide,
  testLimits,
  type Verdict,
} from "../estimation/estimators/equivalence.js";
import { linearEffect, linearScale, ratio } from "../estimation/estimators/influence.js";
import { onSharedExamples, pairedDifference } from "../estimation/estimators/paired-difference.js";
import type { EffectsFile } from "../estimation/files/effects-file.js";
import { type EstimateWork, estimate, type Inference } from "../estimation/stage/effects.js";
import type { CheckResult, CheckRow } from "../reporting/tables/check.js";
import type { ScoredTable } from "../storage/examples/scored.js";
import { readRecords } from "../storage/examples/stored.js";

/** One limit on one reward model's effect: in a scored file, or in an effects file that has been read. */
export interface LimitWork {
  readonly limit: LimitConfig;
  readonly dataset: string | null;
  readonly concept: string | null;
  readonly source:
    | { readonly kind: "scored"; readonly path: string; readonly rewardKey: string }
    | { readonly kind: "effects"; readonly path: string; readonly effects: EffectsFile };
  /** The reward model that the effect is compared with. */
  readonly against: { readonly path: string; readonly rewardKey: string } | null;
}

export type CheckOptions = Pick<CheckConfig, "alpha" | "power" | "warnings"> & {
  readonly inference: Inference;
};

/** Holds estimates against their limits. Reads files, writes none. */
export async function checkLimits(works: readonly LimitWork[], options: CheckOptions): Promise<CheckResult> {
  const files = new ScoredFiles(options.inference);
  const checks: CheckRow[] = [];
  for (const work of works) checks.push(await checkLimit(work, options, files));
  return { verdict: worst(checks.map(({ verdict }) => verdict)), alpha: options.alpha, checks };
}

function worst(verdicts: readonly Verdict[]): Verdict {
  if (verdicts.includes("fail")) return "fail";
  return verdicts.includes("undecided") ? "undecided" : "pass";
}

async function checkLimit(work: LimitWork, options: CheckOptions, files: ScoredFiles): Promise<CheckRow> {
  const { limit, source } = work;
  const effects = source.kind === "effects" ? source.effects : await files.effects(source);
  const compared = work.against && (await compare(work, files));
  const found = compared?.estimate ?? estimateIn(effects, limit, source.path);
  const limits =
    limit.within === undefined
      ? { low: limit.low ?? Number.NEGATIVE_INFINITY, high: limit.high ?? Number.POSITIVE_INFINITY }
      : { low: -limit.within, high: limit.within };
  const test = testLimits(found, limits, options);
  const warnings = [...effects.warnings, ...(compared?.warnings ?? [])];
  const reason =
    found.standardError === null
      ? "there are too few examples for a standard error"
      : options.warnings === "undecided" && warnings.length > 0
        ? `the diagnostics warn (${warnings[0]})`
        : null;
  return {
    dataset: work.dataset ?? effects.dataset_name ?? null,
    concept: work.concept ?? effects.concept ?? null,
    reward_key: effects.reward_key,
    against: compared && {
      reward_key: work.against!.rewardKey,
      file: work.against!.path,
      only_here: compared.onlyFirst,
      only_there: compared.onlySecond,
    },
    estimator: limit.estimator,
    estimand: limit.estimand,
    unit: limit.unit,
    limit_low: Number.isFinite(limits.low) ? limits.low : null,
    limit_high: Number.isFinite(limits.high) ? limits.high : null,
    verdict: reason === null ? test.verdict : "undecided",
    value: found.value,
    stderr: found.standardError,
    ci_low: test.low,
    ci_high: test.high,
    ci_level: test.level,
    p_value: test.pValue,
    n: found.n,
    examples_to_decide:
      test.verdict === "undecided" && found.standardError !== null
        ? examplesToDecide(found.value, found.standardError * Math.sqrt(found.n), limits, options)
        : null,
    power: options.power,
    reason,
    warnings,
    file: source.path,
  };
}

/** The estimate that a limit is about, from an effects file's rows. */
function estimateIn(effects: EffectsFile, limit: LimitConfig, path: string): Estimate {
  const row = effects.estimates.find(
    ({ estimator, estimand }) => estimator === limit.estimator && estimand === limit.estimand,
  );
  const [value, standardError] =
    limit.unit === "sd" ? [row?.effect_size, row?.effect_size_stderr] : [row?.value, row?.stderr];
  if (!row || value == null) {
    const why = row?.reason ?? `there is no ${limit.estimator} ${limit.estimand}`;
    throw inputError(
      `${path}: ${effects.reward_key}: ${limit.estimator} ${limit.estimand} cannot be estimated, so it cannot be held to a limit: ${why}`,
    );
  }
  const unpaired = row.stderr_method === "unpaired" && limit.unit === "reward";
  const degrees = unpaired ? 2 * (row.n - 1) : (effects.clusters ?? row.n) - 1;
  return { value, standardError: standardError ?? null, degrees, n: row.n };
}

/** The difference between two reward models' effects on the examples that both have scored. */
async function compare({ source, against, limit }: LimitWork, files: ScoredFiles) {
  if (source.kind === "effects") {
    throw inputError(
      `${source.path}: a comparison is paired by example, and an effects file has none; name the scored file (--dataset)`,
    );
  }
  const [here, there] = [await files.scored(source), await files.scored(against!)];
  if (source.path !== against!.path) await requireSameTexts(source.path, against!.path);
  const { first, second, onlyFirst, onlySecond } = onSharedExamples(here, there);
  if (first.table.treated.length === 0)
    throw inputError(
      `${source.path} and ${against!.path} have no example in common; ids tell which belong together`,
    );
  const difference = pairedDifference(first, second, (table) => {
    const effect = linearEffect(table, limit.estimator, limit.estimand);
    if (limit.unit === "reward") return effect;
    const scale = linearScale(table);
    return effect && scale && ratio(effect, scale);
  });
  if (!difference)
    throw inputError(
      `${source.path}: ${limit.estimator} ${limit.estimand} of ${source.rewardKey} and ${against!.rewardKey} cannot be compared: too few examples, or rewards without spread`,
    );
  const { warnings } = await files.effects(against!);
  return {
    estimate: difference,
    onlyFirst,
    onlySecond,
    warnings: warnings.map((warning) => `${against!.rewardKey}: ${warning}`),
  };
}

/** A paired comparison is about one set of texts: examples of the same id must have the same ones. */
async function requireSameTexts(path: string, other: string): Promise<void> {
  const known = new Map<string, string>();
  for await (const { id, record } of readRecords(path)) known.set(id, textsOf(record));
  for await (const { id, record, origin } of readRecords(other)) {
    const own = known.get(id);
    if (own === undefined || own === textsOf(record)) continue;
    throw inputError(
      `${origin}: example ${JSON.stringify(id)} has other texts (or another w_original) than in ${path}; compare reward models on the same rewrites: score one rewrites file with both`,
    );
  }
}

function textsOf({ w_original, completions }: Readonly<Record<string, unknown>>): string {
  const texts = (completions ?? {}) as Readonly<Record<string, unknown>>;
  const parts = [Number(w_original), ...Object.values(TEXT_KEYS).map((key) => texts[key])];
  return createHash("sha256").update(JSON.stringify(parts)).digest("base64");
}

/** Scored files, each read once for each reward model. */
class ScoredFiles {
  private readonly results = new Map<string, ReturnType<typeof estimate>>();

  constructor(private readonly inference: Inference) {}

  async effects(of: { path: string; rewardKey: string }): Promise<EffectsFile> {
    return (await this.result(of)).effects;
  }

  async scored(of: { path: string; rewardKey: string }): Promise<ScoredTable> {
    return (await this.result(of)).scored;
  }

  private result({ path, rewardKey }: { path: string; rewardKey: string }) {
    const key = JSON.stringify([path, rewardKey]);
    const work: EstimateWork = {
      scored: path,
      rewardKey,
      dataset: null,
      concept: null,
      score: null,
      inference: { ...this.inference, interval: "normal", groupBy: null, humanKey: null, sensitivity: "off" },
    };
    const result = this.results.get(key) ?? estimate(work);
    this.results.set(key, result);
    return result;
  }
}
