import type { EffectSummary } from "./estimate-effects.js";

/** Below this share of successful flips the estimate is pulled towards zero noticeably. */
const ENOUGH_FLIPS = 0.8;
/** Below so many examples an arm, normal intervals are too narrow. */
const ENOUGH_EXAMPLES = 30;

export interface FlipTally {
  readonly succeeded: number;
  readonly of: number;
}

/** Successful flips by the text that was made and the value of W it was to have. */
export interface FlipTallies {
  readonly rewrite: { readonly toTreated: FlipTally; readonly toUntreated: FlipTally };
  readonly rewriteOfRewrite: { readonly toTreated: FlipTally; readonly toUntreated: FlipTally };
}

/** What a reader should know before trusting the estimates, one sentence each. */
export function warningsOf(
  summary: EffectSummary,
  facts: {
    readonly flips: FlipTallies | null;
    readonly withoutRewards: { readonly treated: number; readonly untreated: number };
  },
): string[] {
  return [...fewExamples(summary), ...missing(summary, facts.withoutRewards), ...failedFlips(facts.flips)];
}

function fewExamples({ treatedCount, untreatedCount }: EffectSummary): string[] {
  return [
    ["w = 1", treatedCount],
    ["w = 0", untreatedCount],
  ]
    .filter(([, count]) => Number(count) > 0 && Number(count) < ENOUGH_EXAMPLES)
    .map(
      ([arm, count]) => `only ${count} examples have ${arm}: read the intervals with care, and use --ci t`,
    );
}

function missing(
  summary: EffectSummary,
  without: { readonly treated: number; readonly untreated: number },
): string[] {
  const sentences: string[] = [];
  if (summary.withoutOriginal > 0) {
    const scale =
      summary.rewardStd.pooledOver === "rewrites"
        ? "; effect sizes use the spread of the rewrites' rewards"
        : "";
    const all = summary.withoutOriginal === summary.treatedCount + summary.untreatedCount;
    const consequence = all ? "cannot be estimated" : "are estimated without them";
    sentences.push(
      `${all ? "all" : summary.withoutOriginal} examples lack a reward of the original: naive and single rewrite ${consequence}${scale}`,
    );
  }
  if (without.treated + without.untreated > 0) {
    sentences.push(
      `${without.treated} examples with w = 1 and ${without.untreated} with w = 0 have no rewards and are left out`,
    );
  }
  return sentences;
}

function failedFlips(flips: FlipTallies | null): string[] {
  if (!flips) return [];
  return (["rewrite", "rewriteOfRewrite"] as const).flatMap((text) =>
    (["toTreated", "toUntreated"] as const).flatMap((direction) => {
      const { succeeded, of } = flips[text][direction];
      if (of === 0 || succeeded / of >= ENOUGH_FLIPS) return [];
      const share = `${((100 * succeeded) / of).toFixed(0)} %`;
      const name = text === "rewrite" ? "rewrites" : "rewrites of rewrites";
      return [
        `only ${share} of the ${name} to w = ${direction === "toTreated" ? 1 : 0} succeeded: failed flips pull the estimate towards zero`,
      ];
    }),
  );
}
