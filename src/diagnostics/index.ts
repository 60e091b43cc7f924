import type { RewardTable } from "../domain/example.js";
import { fewExamples, grid, influence, missing, refuters } from "./data.js";
import type { Diagnostic, Given } from "./diagnostic.js";
import { drift, flips, placebo, rewriteEffects, suspectTexts, truncatedTexts } from "./rewriter.js";

export type { Diagnostic, Given } from "./diagnostic.js";

/** All checks, those that the data allows. */
export function diagnose(given: Given): Diagnostic[] {
  const row = given.summary.rows.find(
    ({ estimator, estimand }) => estimator === "rate" && estimand === "ate",
  );
  const evidence = {
    ...given,
    differences: differencesOf(given.table),
    effect: row && row.value !== null ? row : null,
  };
  return [
    fewExamples,
    missing,
    flips,
    rewriteEffects,
    drift,
    suspectTexts,
    truncatedTexts,
    influence,
    grid,
    refuters,
    placebo,
  ].flatMap((check) => check(evidence));
}

function differencesOf({ treated, rewrite, rewriteOfRewrite }: RewardTable): Float64Array {
  const differences = new Float64Array(treated.length);
  for (let row = 0; row < treated.length; row += 1) {
    // Without a branch on the arm, which would be mispredicted half the time.
    differences[row] = (2 * treated[row]! - 1) * (rewriteOfRewrite[row]! - rewrite[row]!);
  }
  return differences;
}
