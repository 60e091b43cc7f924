import { ESTIMANDS, ESTIMATORS } from "../../domain/effect.js";
import { infer } from "../estimators/inference.js";
import type { EstimateRow } from "./effects-schema.js";
import { PUBLISHED_KEYS } from "./published-keys.js";

/** An effects file with the published keys alone: values and their `_stderr`, the spread of the rewards, the arms' counts. */
export type PublishedEffects = Readonly<Record<string, unknown>>;

const LEVEL = 0.95;

/**
 * The estimates of a published effects file as rows: normal 95 % intervals of its standard errors, and effect sizes with the spread taken as
 * known.
 */
export function publishedRows(file: PublishedEffects): EstimateRow[] {
  const number = (key: string) => (typeof file[key] === "number" ? (file[key] as number) : null);
  const scale = number("reward_std") || null;
  const inSd = (value: number | null | undefined) => (value == null || scale === null ? null : value / scale);
  const [treated, untreated] = [number("Y1_count") ?? 0, number("Y0_count") ?? 0];
  return ESTIMATORS.flatMap((estimator) =>
    ESTIMANDS.flatMap((estimand): EstimateRow[] => {
      const key = PUBLISHED_KEYS[estimator][estimand];
      if (key === null) return [];
      const [value, stderr] = [number(key), number(`${key}_stderr`)];
      const inferred =
        value === null || stderr === null
          ? null
          : infer(
              value,
              { standardError: stderr, degrees: Number.POSITIVE_INFINITY, method: "paired" },
              { method: "normal", level: LEVEL },
            );
      const { low, high } = inferred?.interval ?? { low: null, high: null };
      return [
        {
          estimator,
          estimand,
          value,
          stderr,
          stderr_method: null,
          ci_low: low,
          ci_high: high,
          ci_level: inferred && LEVEL,
          ci_method: inferred && "normal",
          p_value: inferred?.pValue ?? null,
          df: null,
          effect_size: inSd(value),
          effect_size_stderr: inSd(stderr),
          effect_size_ci_low: inSd(low),
          effect_size_ci_high: inSd(high),
          effect_size_p_value: inferred?.pValue ?? null,
          effect_size_plain_ci_low: inSd(low),
          effect_size_plain_ci_high: inSd(high),
          n: estimand === "att" ? treated : estimand === "atu" ? untreated : treated + untreated,
          n_treated: estimand === "atu" ? 0 : treated,
          n_untreated: estimand === "att" ? 0 : untreated,
          left_out: 0,
          reason: value === null ? "the file has no value" : null,
          verdict: null,
          verdict_reason: null,
        },
      ];
    }),
  );
}
