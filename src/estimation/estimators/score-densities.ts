import type { RewardTable } from "../../domain/example.js";
import { kernelDensity } from "../numeric/density.js";
import { mean, standardError } from "../numeric/moments.js";
import { infer } from "./inference.js";

/** How the rewards of one text are spread, and their mean with its interval. */
export interface ScoreDensity {
  readonly text: "original" | "rewrite" | "rewritten rewrite";
  readonly places: Float64Array;
  readonly heights: Float64Array;
  readonly mean: number;
  readonly low: number;
  readonly high: number;
  readonly n: number;
}

/**
 * The texts that can be shown: the originals, or the rewrites where fewer than two originals have rewards; and the rewrites of the rewrites.
 *
 * @example
 * const { table } = await readScored("scored.jsonl", { rewardKey: "my-org/my-model" });
 * scoreDensities(table).map(({ text }) => text); // ["original", "rewritten rewrite"]
 */
export function scoreDensities(table: RewardTable, level = 0.95): ScoreDensity[] {
  const originals = table.original.filter((reward) => !Number.isNaN(reward));
  const first =
    originals.length >= 2
      ? ({ text: "original", rewards: originals } as const)
      : ({ text: "rewrite", rewards: table.rewrite } as const);
  return [first, { text: "rewritten rewrite", rewards: table.rewriteOfRewrite } as const].flatMap(
    ({ text, rewards }) => {
      if (rewards.length < 2) return [];
      const { places, heights } = kernelDensity(rewards);
      const value = mean(rewards);
      const error = {
        standardError: standardError(rewards),
        degrees: rewards.length - 1,
        method: "paired",
      } as const;
      const { interval } = infer(value, error, { method: "normal", level });
      return [
        { text, places, heights, mean: value, low: interval!.low, high: interval!.high, n: rewards.length },
      ];
    },
  );
}
