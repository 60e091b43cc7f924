import { pairedDifferences } from "../estimators/influence.js";
import { fewExamples, grid, influence, missing } from "./data.js";
import type { Diagnostic, Given } from "./diagnostic.js";
import { refuters } from "./refuters.js";
import { drift, flips, placebo, rewriteEffects, suspectTexts, truncatedTexts } from "./rewriter.js";

export type { Diagnostic, Given } from "./diagnostic.js";

/** All checks, those that the data allows. */
export function diagnose(given: Given): Diagnostic[] {
  const row = given.summary.rows.find(
    ({ estimator, estimand }) => estimator === "rate" && estimand === "ate",
  );
  const evidence = {
    ...given,
    differences: pairedDifferences(given.table, "rate"),
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
