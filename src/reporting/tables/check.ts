import type { EffectVerdict, Estimand, Estimator } from "../../domain/effect.js";
import type { Verdict } from "../../estimation/estimators/equivalence.js";
import { digitsFor, ESTIMATOR_NAMES, interval, percent, signed } from "../html/words.js";

/** One estimate held against its limits. Effects are in `unit`. */
export interface CheckRow {
  readonly dataset: string | null;
  readonly concept: string | null;
  readonly reward_key: string;
  /** The reward model that the effect is compared with: then the row is about the difference, on the same texts. */
  readonly against: {
    readonly reward_key: string;
    readonly file: string;
    /** Examples that one of the two alone has: they are left out. */
    readonly only_here: number;
    readonly only_there: number;
  } | null;
  readonly estimator: Estimator;
  readonly estimand: Estimand;
  readonly unit: "sd" | "reward";
  /** Null where there is no limit on that side. */
  readonly limit_low: number | null;
  readonly limit_high: number | null;
  readonly verdict: Verdict;
  /** What the effect is by itself, whatever the limits; null for a difference of two. */
  readonly effect_verdict: EffectVerdict | null;
  readonly value: number | null;
  readonly stderr: number | null;
  readonly df: number | null;
  /** The interval of the test: with α = 0.05 it has the level 0.9. */
  readonly ci_low: number | null;
  readonly ci_high: number | null;
  readonly ci_level: number;
  /** Of the equivalence test. */
  readonly p_value: number | null;
  readonly n: number;
  readonly examples_to_decide: number | null;
  /** The chance of a decision that `examples_to_decide` is about. */
  readonly power: number;
  /** Why a row is undecided in spite of its interval; null otherwise. */
  readonly reason: string | null;
  /** What the diagnostics say against the data. */
  readonly warnings: readonly string[];
  readonly file: string;
}

export interface CheckResult {
  /** The worst of the rows: one that fails makes the whole fail, else one that is undecided makes it undecided. */
  readonly verdict: Verdict;
  /** The size of the one-sided tests, of this look where several are planned. */
  readonly alpha: number;
  /** Looks at growing data that share α; null where this is the only one. */
  readonly looks: {
    readonly planned: number;
    /** Which of them this is; null where that is not said. */
    readonly look: number | null;
    /** The α that all looks share. */
    readonly alpha: number;
  } | null;
  readonly checks: readonly CheckRow[];
}

/** What a row is about, for example `length · org/model · RATE ATE within ±0.1 sd`. */
export function checkName(row: CheckRow): string {
  const what = row.concept ?? row.dataset ?? "attribute";
  const models = row.against ? `${row.reward_key} less ${row.against.reward_key}` : row.reward_key;
  return `${what} · ${models} · ${ESTIMATOR_NAMES[row.estimator]} ${row.estimand.toUpperCase()} ${limitsText(row)}`;
}

export function limitsText({ limit_low: low, limit_high: high, unit }: CheckRow): string {
  const name = unit === "sd" ? "sd" : "reward units";
  if (low === null) return `below ${number(high!)} ${name}`;
  if (high === null) return `above ${number(low)} ${name}`;
  if (low === -high) return `within ±${number(high)} ${name}`;
  return `between ${number(low)} and ${number(high)} ${name}`;
}

export function estimateText(row: CheckRow): string {
  if (row.value === null) return "–";
  const found = signed(row.value, digitsFor(row.ci_low, row.ci_high, 3));
  if (row.ci_low === null || row.ci_low === row.ci_high) return `${found} (no interval, n = ${row.n})`;
  return `${found} (${percent(row.ci_level)} CI ${interval(row.ci_low, row.ci_high, 3)}, n = ${row.n})`;
}

/** What the looks mean for the tests; null where there is one look alone. */
export function looksText({ looks, alpha }: CheckResult): string | null {
  if (!looks) return null;
  const size = `one-sided tests of size ${Number(alpha.toPrecision(3))}`;
  return looks.look === null
    ? `${looks.planned} looks share α = ${looks.alpha} evenly: ${size}; --look says which one this is`
    : `look ${looks.look} of ${looks.planned}, which share α = ${looks.alpha}: ${size}`;
}

/** What a verdict rests on, in a sentence. */
export function verdictText(row: CheckRow): string {
  if (row.reason !== null && (row.effect_verdict === "unusable" || row.value === null))
    return `undecided: ${row.reason}`;
  const estimate = `the estimate is ${estimateText(row)}`;
  if (row.reason !== null) return `${estimate}; undecided: ${row.reason}`;
  if (row.verdict === "pass") return `${estimate}, inside the limits`;
  if (row.verdict === "fail") return `${estimate}, outside the limits`;
  const more =
    row.examples_to_decide === null
      ? "it lies so near a limit that no number of examples would decide"
      : `about ${row.examples_to_decide.toLocaleString("en")} examples would decide with a chance of ${percent(row.power)}, if the effect is as estimated`;
  return `${estimate}, which crosses a limit; ${more}`;
}

function number(value: number): string {
  return String(Number(value.toPrecision(12))).replaceAll("-", "−");
}
