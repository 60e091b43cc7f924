import type {
  ByArm,
  DataFacts,
  Effect,
  EffectRow,
  EffectSize,
  EffectVerdict,
  Estimand,
} from "../../domain/effect.js";

/** Fewer examples than this show nothing. */
const FEWEST_EXAMPLES = 10;

interface Judgement {
  readonly verdict: EffectVerdict;
  /** Null where the verdict needs no reason. */
  readonly reason: string | null;
}

/** What a verdict looks at in an estimate. */
type Judged = Pick<
  Effect,
  "estimator" | "estimand" | "n" | "standardError" | "inferenceReason" | "interval"
> & { readonly effectSize: Pick<EffectSize, "interval"> | null };

/** The row with its verdict. */
export function withVerdict<Row extends EffectRow>(row: Row, facts: DataFacts, negligible: number): Row {
  if (row.value === null) return row;
  const { verdict, reason } = verdictOf(row as Effect, facts, negligible);
  return { ...row, verdict, verdictReason: reason };
}

/**
 * What an estimate shows. `unusable` where there is no standard error, or the data are too few, too incomplete or without meaning; `pays` or `penalizes`
 * where the interval of the effect size leaves out 0; `negligible` where it holds 0 and lies within ±`negligible`; else `undecided`.
 */
export function verdictOf(effect: Judged, facts: DataFacts, negligible: number): Judgement {
  const fault = whyUnusable(effect, facts);
  if (fault !== null) return { verdict: "unusable", reason: fault };
  const interval = effect.effectSize?.interval ?? effect.interval;
  if (!interval) return { verdict: "unusable", reason: effect.inferenceReason };
  const { low, high } = interval;
  if (low > 0) return { verdict: "pays", reason: null };
  if (high < 0) return { verdict: "penalizes", reason: null };
  const within = effect.effectSize !== null && low >= -negligible && high <= negligible;
  return within ? { verdict: "negligible", reason: null } : { verdict: "undecided", reason: null };
}

function whyUnusable(effect: Judged, facts: DataFacts): string | null {
  const { estimator, estimand, n } = effect;
  const examples = `${n} ${n === 1 ? "example is" : "examples are"} too few: ${FEWEST_EXAMPLES} are needed`;
  const tooFew = n < FEWEST_EXAMPLES ? examples : null;
  if (effect.standardError === null)
    return [effect.inferenceReason, tooFew].filter((reason) => reason !== null).join("; ");
  if (tooFew !== null) return tooFew;
  const [missing, attempted] = [inEstimand(facts.missing, estimand), inEstimand(facts.attempted, estimand)];
  if (2 * missing > attempted) return `${missing} of ${attempted} examples are missing`;
  if (facts.flips && estimator !== "naive") {
    const known = inEstimand(facts.flips.known, estimand);
    const worked = inEstimand(facts.flips.worked, estimand);
    if (2 * worked < known)
      return `only ${worked} of ${known} pairs of rewrites differ in the attribute as asked`;
  }
  if (facts.textsDiffer === false && estimator === "rate")
    return "the two rewrites are the same text in every example looked at";
  if (facts.rewardsEqual) return "all rewards are equal";
  const { originalsSd, rewritesSd } = facts;
  if (originalsSd !== null && rewritesSd !== null && 1000 * originalsSd < rewritesSd)
    return "the rewards of the originals hardly differ beside those of the rewrites, so an effect in their standard deviations means nothing";
  return null;
}

function inEstimand({ treated, untreated }: ByArm, estimand: Estimand): number {
  return (estimand === "atu" ? 0 : treated) + (estimand === "att" ? 0 : untreated);
}
