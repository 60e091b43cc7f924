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
import { linearEffect, linearSize } from "../estimation/estimators/influence.js";
import { levelsOfLooks } from "../estimation/estimators/looks.js";
import { onSharedExamples, pairedDifference } from "../estimation/estimators/paired-difference.js";
import type { EffectsFile, EstimateRow } from "../estimation/files/effects-file.js";
import { type EstimateWork, estimate, type Inference } from "../estimation/stage/effects.js";
import type { CheckResult, CheckRow } from "../reporting/tables/check.js";
import type { ScoredTable } from "../storage/examples/scored.js";
import { readRecords } from "../storage/examples/stored.js";
import { isNothing, whyArmsCancel, whyNothingShown } from "./check-evidence.js";
import { labelsByName } from "./labels.js";

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

export type CheckOptions = Pick<CheckConfig, "alpha" | "power" | "warnings" | "looks" | "look"> & {
  readonly inference: Inference;
};

/** Holds estimates against their limits. Reads files, writes none. */
export async function checkLimits(works: readonly LimitWork[], options: CheckOptions): Promise<CheckResult> {
  const files = new ScoredFiles(options.inference);
  const spending = spendingOf(options);
  const checks: CheckRow[] = [];
  for (const work of works) checks.push(await checkLimit(work, { ...options, alpha: spending.alpha }, files));
  return {
    verdict: worst(checks.map(({ verdict }) => verdict)),
    alpha: spending.alpha,
    looks:
      options.looks === undefined
        ? null
        : { planned: options.looks, look: options.look ?? null, alpha: options.alpha },
    checks,
  };
}

/** The size of this look's tests. Without its number each look has the same share, which holds in any order. */
function spendingOf({ alpha, looks, look }: CheckOptions): { readonly alpha: number } {
  if (looks === undefined) return { alpha };
  if (look === undefined) return { alpha: alpha / looks };
  if (look > looks) throw inputError(`look ${look} is beyond the ${looks} planned looks`);
  return { alpha: levelsOfLooks(alpha, looks)[look - 1]! };
}

function worst(verdicts: readonly Verdict[]): Verdict {
  if (verdicts.includes("fail")) return "fail";
  return verdicts.includes("undecided") ? "undecided" : "pass";
}

async function checkLimit(work: LimitWork, options: CheckOptions, files: ScoredFiles): Promise<CheckRow> {
  const { limit, source } = work;
  const read = source.kind === "effects" ? source.effects : await files.effects(source);
  const effects = { ...read, labels: read.labels ?? labelsByName(work) };
  const row = rowOf(effects, limit, source.path);
  const compared = work.against && (await compare(work, row, files));
  const limits =
    limit.within === undefined
      ? { low: limit.low ?? Number.NEGATIVE_INFINITY, high: limit.high ?? Number.POSITIVE_INFINITY }
      : { low: -limit.within, high: limit.within };
  const found = compared ? compared.estimate : estimateIn(row, effects, limit.unit);
  const test = found && testLimits(found, limits, options);
  const warnings = [...effects.warnings, ...(compared?.warnings ?? [])];
  const reason =
    whyNothingShown(effects, row) ??
    compared?.reason ??
    (test === null
      ? `there is no estimate in ${limit.unit === "sd" ? "standard deviations" : "reward units"}`
      : null) ??
    (found?.standardError === null ? "there are too few examples for a standard error" : null) ??
    (test?.verdict === "pass" && !compared && limit.estimand === undefined
      ? whyArmsCancel(effects, limit.estimator)
      : null) ??
    (options.warnings === "undecided" && warnings.length > 0
      ? `the diagnostics warn (${warnings[0]})`
      : null);
  const open =
    test?.verdict === "undecided" && reason === null && found !== null && found.standardError !== null;
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
    estimand: row.estimand,
    unit: limit.unit,
    limit_low: Number.isFinite(limits.low) ? limits.low : null,
    limit_high: Number.isFinite(limits.high) ? limits.high : null,
    verdict: test === null || reason !== null ? "undecided" : test.verdict,
    effect_verdict: compared ? null : row.verdict,
    value: found?.value ?? null,
    stderr: found?.standardError ?? null,
    df: found && Number.isFinite(found.degrees) ? found.degrees : null,
    ci_low: test?.low ?? null,
    ci_high: test?.high ?? null,
    ci_level: 1 - 2 * options.alpha,
    p_value: test?.pValue ?? null,
    n: found?.n ?? row.n,
    examples_to_decide: open
      ? examplesToDecide(found.value, found.standardError! * Math.sqrt(found.n), limits, options)
      : null,
    power: options.power,
    reason,
    warnings,
    file: source.path,
  };
}

/** The row of an effects file that a limit is about. */
function rowOf(effects: EffectsFile, limit: LimitConfig, path: string): EstimateRow {
  const wanted = limit.estimand ?? "ate";
  const row = effects.estimates.find(
    ({ estimator, estimand }) => estimator === limit.estimator && estimand === wanted,
  );
  if (row) return row;
  throw inputError(
    `${path}: ${effects.reward_key}: there is no ${limit.estimator} ${wanted} that could be held to a limit; ${limit.estimator === "naive" ? "the naive comparison is of the arms: name the estimand ate" : "rate effects writes one"}`,
  );
}

/** A row's estimate in the limit's unit, with its own degrees of freedom; null where it has none. */
function estimateIn(row: EstimateRow, effects: EffectsFile, unit: LimitConfig["unit"]): Estimate | null {
  const [value, standardError] =
    unit === "sd" ? [row.effect_size, row.effect_size_stderr] : [row.value, row.stderr];
  if (value === null) return null;
  // Files of earlier versions do not say.
  const unpaired = row.stderr_method === "unpaired" && unit === "reward";
  const degrees = row.df ?? (unpaired ? 2 * (row.n - 1) : (effects.clusters ?? row.n) - 1);
  return { value, standardError: degrees > 0 ? standardError : null, degrees, n: row.n };
}

/** The difference between two reward models' effects on the examples that both have scored. */
async function compare({ source, against, limit }: LimitWork, row: EstimateRow, files: ScoredFiles) {
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
  const estimate = limit.unit === "reward" ? linearEffect : linearSize;
  const difference = pairedDifference(first, second, (table) =>
    estimate(table, limit.estimator, row.estimand),
  );
  const other = await files.effects(against!);
  const scale =
    limit.unit === "sd"
      ? 1
      : Math.max((await files.effects(source)).reward_std ?? 0, Math.abs(row.value ?? 0));
  const why = whyNothingShown(other, rowOf(other, limit, against!.path));
  return {
    estimate: difference,
    onlyFirst,
    onlySecond,
    reason: why !== null ? `${against!.rewardKey}: ${why}` : whySame(difference, scale),
    warnings: other.warnings.map((warning) => `${against!.rewardKey}: ${warning}`),
  };
}

function whySame(difference: { readonly standardError: number } | null, scale: number): string | null {
  if (!difference) return "the two cannot be compared: too few examples, or rewards without spread";
  return isNothing(difference.standardError, scale)
    ? "the two differ by the same in every example: a standard error of 0 shows nothing of other examples"
    : null;
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
    // The test is one of formulas: a bootstrap would be drawn for nothing.
    const interval = this.inference.interval === "normal" ? "normal" : "t";
    const work: EstimateWork = {
      scored: path,
      rewardKey,
      dataset: null,
      concept: null,
      score: null,
      inference: { ...this.inference, interval, groupBy: null, humanKey: null, sensitivity: "off" },
    };
    const result = this.results.get(key) ?? estimate(work);
    this.results.set(key, result);
    return result;
  }
}
