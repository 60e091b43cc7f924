import type { Estimand, Estimator } from "../../domain/effect.js";

/** The keys of published effects files. */
export const PUBLISHED_KEYS = {
  naive: { ate: "naive_effect", att: null, atu: null },
  single_rewrite: { ate: "ATE_single_rewrite", att: "ATT_single_rewrite", atu: "ATU_single_rewrite" },
  rate: { ate: "ATE_rewritten_rewrite", att: "ATT_rewritten_rewrite", atu: "ATU_rewritten_rewrite" },
} as const satisfies Record<Estimator, Record<Estimand, string | null>>;
