import type { StudySummary } from "../estimators/study.js";
import type { Heterogeneity } from "../estimators/subgroups.js";
import type { SubgroupsInFile } from "./effects-schema.js";
import type { JudgedTogether } from "./study-file.js";

/** What is judged together, with the keys of the file. */
export function judgedTogether({ rows, contrasts, pooled, sharedRows }: StudySummary): JudgedTogether {
  return {
    rows: rows.map(({ rewardKey, benjaminiHochberg, simultaneousLow, simultaneousHigh, ...row }) => ({
      ...uncertainty(row),
      reward_key: rewardKey,
      benjamini_hochberg: benjaminiHochberg,
      simultaneous_low: simultaneousLow,
      simultaneous_high: simultaneousHigh,
    })),
    contrasts: contrasts.map(({ onlyFirst, onlySecond, ...row }) => ({
      ...uncertainty(row),
      only_first: onlyFirst,
      only_second: onlySecond,
    })),
    pooled: pooled.map(({ rewardKey, heterogeneity, ...row }) => ({
      ...uncertainty(row),
      reward_key: rewardKey,
      heterogeneity: heterogeneityInFile(heterogeneity),
    })),
    shared_rows: sharedRows.map(({ rewardKey, ...row }) => ({ ...row, reward_key: rewardKey })),
  };
}

/** The same row with the file's keys for its standard error and p-value. */
function uncertainty<Row extends { readonly standardError: number; readonly pValue: number }>({
  standardError,
  pValue,
  ...row
}: Row) {
  return { ...row, standard_error: standardError, p_value: pValue };
}

/** The test that several estimates are the same, with the keys of the file. */
export function heterogeneityInFile(found: Heterogeneity | null): SubgroupsInFile["heterogeneity"] {
  if (!found) return null;
  const { pValue, iSquared, between, within, ...rest } = found;
  return { ...rest, df_between: between, df_within: within, p_value: pValue, i_squared: iSquared };
}
