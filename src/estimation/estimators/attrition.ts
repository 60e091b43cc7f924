import type { ByArm, Effect, Interval } from "../../domain/effect.js";
import { satterthwaite } from "../numeric/satterthwaite.js";
import { tQuantile } from "../numeric/student-t.js";
import type { EffectSummary } from "./estimate-effects.js";

/** An ATE at other weights of the arms than the main one. */
export interface ReweightedEffect {
  readonly value: number;
  readonly standardError: number;
  readonly df: number;
  readonly interval: Interval;
}

/** What missing examples do to the weights of the arms. */
export interface Attrition {
  readonly attempted: ByArm;
  readonly missing: ByArm;
  /** RATE's ATE with the arms weighted by the examples that were to be estimated from; null where an arm has no standard error. */
  readonly atAttemptedWeights: {
    readonly reward: ReweightedEffect;
    readonly sd: ReweightedEffect | null;
  } | null;
  /** How far that lies from the main estimate, in the main estimate's standard errors. */
  readonly shift: number | null;
}

/**
 * The ATE weights ATT and ATU by the examples that are left. Where more of one arm is missing, that is not the population that was asked about: here they
 * are weighted by the attempted ones, π_a = N_a/N, with se² = π₁²se₁² + π₀²se₀² + π₁π₀(ATT − ATU)²/N, whose last part is that of weights that are
 * themselves drawn. Null where nothing is missing.
 */
export function attritionOf(summary: EffectSummary, level: number): Attrition | null {
  const { attempted, missing } = summary.facts;
  if (missing.treated + missing.untreated === 0) return null;
  const rowOf = (estimand: "ate" | "att" | "atu") => {
    const row = summary.rows.find((entry) => entry.estimator === "rate" && entry.estimand === estimand);
    return row && row.value !== null ? row : null;
  };
  const [ate, att, atu] = [rowOf("ate"), rowOf("att"), rowOf("atu")];
  const nothing = { attempted, missing, atAttemptedWeights: null, shift: null };
  if (!ate || !att || !atu) return nothing;
  const inReward = reweighted(attempted, partOf(att, false), partOf(atu, false), level);
  if (!inReward || !ate.standardError) return nothing;
  return {
    attempted,
    missing,
    atAttemptedWeights: {
      reward: inReward,
      sd: reweighted(attempted, partOf(att, true), partOf(atu, true), level),
    },
    shift: Math.abs(inReward.value - ate.value) / ate.standardError,
  };
}

interface ArmEffect {
  readonly value: number;
  readonly standardError: number | null;
  readonly df: number | null;
}

function partOf(row: Effect, inSd: boolean): ArmEffect | null {
  if (!inSd) return row;
  return row.effectSize && { ...row.effectSize, df: row.df };
}

function reweighted(
  attempted: ByArm,
  att: ArmEffect | null,
  atu: ArmEffect | null,
  level: number,
): ReweightedEffect | null {
  if (!att || !atu || att.standardError === null || atu.standardError === null || !att.df || !atu.df)
    return null;
  const n = attempted.treated + attempted.untreated;
  const [one, zero] = [attempted.treated / n, attempted.untreated / n];
  const value = one * att.value + zero * atu.value;
  const parts = [
    { variance: (one * att.standardError) ** 2, degrees: att.df },
    { variance: (zero * atu.standardError) ** 2, degrees: atu.df },
    { variance: (one * zero * (att.value - atu.value) ** 2) / n, degrees: n - 1 },
  ];
  const standardError = Math.sqrt(parts.reduce((total, { variance }) => total + variance, 0));
  const df = satterthwaite(parts);
  const reach = standardError * tQuantile((1 + level) / 2, df);
  return { value, standardError, df, interval: { low: value - reach, high: value + reach, level } };
}
