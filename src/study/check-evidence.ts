import type { Estimand } from "../domain/effect.js";
import type { EffectsFile, EstimateRow } from "../estimation/files/effects-file.js";
import { armName, opposedArms } from "../reporting/html/answers.js";
import { percent, shownEstimate, signed } from "../reporting/html/words.js";

/** Of the flips whose outcome is known, so many must have worked. */
const WORKED = 0.8;
/** Texts that came back as they were count as flips that failed. */
const IDENTICAL = 1 - WORKED;
/** A standard error below this share of the rewards' scale is one of 0, but for rounding. */
const ROUNDING = 1e-12;

/** Why a test shows nothing, whatever its interval says; null where it does. In the order of what matters most. */
export function whyNothingShown(effects: EffectsFile, row: EstimateRow): string | null {
  if (row.verdict === "unusable" || row.value === null)
    return `the estimate is unusable: ${row.verdict_reason ?? row.reason ?? "it has no value"}`;
  if (row.stderr === null) return row.reason ?? "there is no standard error";
  if (isNothing(row.stderr, Math.max(Math.abs(row.value), effects.reward_std ?? 0)))
    return "every example has the same difference: a standard error of 0 shows nothing of other examples";
  if (row.estimator === "naive") return null;
  return whyFlipsFail(effects, row.estimand, row.estimator) ?? whyTextsAreSame(effects);
}

/** Whether a standard error is 0, but for rounding. */
export function isNothing(standardError: number, scale: number): boolean {
  return standardError <= ROUNDING * scale;
}

/** Fewer than 80 % of the known flips worked, in either of the steps that the estimate rests on. */
function whyFlipsFail(
  { flips }: EffectsFile,
  estimand: Estimand,
  estimator: EstimateRow["estimator"],
): string | null {
  if (!flips) return null;
  // A treated response is rewritten to w = 0 first, then back to w = 1.
  const arms = [
    ...(estimand === "atu" ? [] : [{ first: flips.rewrite.to_w_0, back: flips.rewritten_rewrite.to_w_1 }]),
    ...(estimand === "att" ? [] : [{ first: flips.rewrite.to_w_1, back: flips.rewritten_rewrite.to_w_0 }]),
  ];
  const steps = [
    ["rewrites", arms.map(({ first }) => first)],
    ...(estimator === "rate" ? [["rewrites of rewrites", arms.map(({ back }) => back)] as const] : []),
  ] as const;
  for (const [name, tallies] of steps) {
    const of = tallies.reduce((sum, tally) => sum + tally.of, 0);
    const succeeded = tallies.reduce((sum, tally) => sum + tally.succeeded, 0);
    if (of > 0 && succeeded < WORKED * of)
      return `only ${succeeded} of ${of} ${name} that were checked have the attribute as asked; at least ${percent(WORKED)} must`;
  }
  return null;
}

function whyTextsAreSame({ diagnostics }: EffectsFile): string | null {
  const found = diagnostics.find(({ name }) => name === "identical_texts");
  return found && found.value !== null && found.value > IDENTICAL ? found.sentence : null;
}

/** Where ATT and ATU have significantly opposite signs: the effect over all examples is inside its limits since they cancel. */
export function whyArmsCancel(effects: EffectsFile, estimator: EstimateRow["estimator"]): string | null {
  const arms = opposedArms(effects.estimates, estimator);
  if (!arms) return null;
  const [att, atu] = arms.map((row) => {
    const { value, unit, digits } = shownEstimate(row);
    return `${row.estimand.toUpperCase()} ${signed(value, digits)} ${unit} among ${armName(effects, row.estimand === "att" ? "w_1" : "w_0")}`;
  });
  return `the arms have opposite signs and cancel: ${att}, ${atu}; write estimand: ate to hold the average alone to the limit`;
}
