import type { ScoredQuery } from "../../storage/examples/scored.js";
import type { EffectsFile } from "../files/effects-file.js";

/** How the scored file behind a result is read: under the same reward key, with the same keys and columns. */
export function scoredQueryOf(effects: EffectsFile): ScoredQuery {
  const { w_original_key: original, w_counterfactual_key: rewrite, w_rewritten_rewrite_key } = effects;
  return {
    rewardKey: effects.reward_key,
    clusterBy: effects.cluster_by,
    columns: effects.columns ?? null,
    textKeys: {
      ...(original !== undefined && { original }),
      ...(rewrite !== undefined && { rewrite }),
      ...(w_rewritten_rewrite_key !== undefined && { rewriteOfRewrite: w_rewritten_rewrite_key }),
    },
  };
}
