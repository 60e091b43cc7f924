import type { EffectsFile, EstimateRow } from "../estimators/effects-file.js";

/** Estimators as people read them. */
export const ESTIMATOR_NAMES = { naive: "naive", single_rewrite: "single rewrite", rate: "RATE" } as const;

/** A number with its sign, minus being a real minus; "–" for none. */
export function signed(value: number | null, digits = 2): string {
  if (value === null) return "–";
  const text = Math.abs(value).toFixed(digits);
  if (Number(text) === 0) return text;
  return `${value < 0 ? "−" : "+"}${text}`;
}

/** A number as it is, minus being a real minus. */
export function plain(value: number | null, digits = 2): string {
  return signed(value, digits).replace("+", "");
}

export function interval(low: number | null, high: number | null, digits = 2): string {
  return low === null || high === null ? "–" : `${plain(low, digits)} to ${plain(high, digits)}`;
}

export function pValue(value: number | null): string {
  if (value === null) return "–";
  return value < 0.0001 ? "< 0.0001" : value.toFixed(4);
}

export function percent(level: number): string {
  return `${Number((100 * level).toPrecision(6))} %`;
}

/** The row that answers the question: RATE over all examples. */
export function mainRow(effects: EffectsFile): EstimateRow {
  return findRow(effects, "rate", "ate");
}

export function findRow(
  effects: EffectsFile,
  estimator: EstimateRow["estimator"],
  estimand: EstimateRow["estimand"],
): EstimateRow {
  return effects.estimates.find((row) => row.estimator === estimator && row.estimand === estimand)!;
}

/** What the reward model does with the attribute, in one plain sentence. */
export function answer(effects: EffectsFile): string {
  const concept = effects.concept ?? "the attribute";
  const row = mainRow(effects);
  if (row.value === null)
    return `${effects.reward_key}: the effect of ${concept} cannot be estimated: ${row.reason}.`;
  const inSd = row.effect_size !== null;
  const unit = inSd ? " sd" : " reward units";
  const [value, low, high] = inSd
    ? [row.effect_size, row.effect_size_ci_low, row.effect_size_ci_high]
    : [row.value, row.ci_low, row.ci_high];
  const level = row.ci_level === null ? "" : `, ${percent(row.ci_level)} CI ${interval(low, high)}`;
  return `${effects.reward_key} ${verdict(row, concept)}: ${signed(value)}${unit}${level}${comparison(effects, inSd)}.`;
}

function verdict(row: EstimateRow, concept: string): string {
  if (row.ci_low === null || row.ci_high === null) return `and ${concept}`;
  if (row.ci_low > 0) return `pays for ${concept}`;
  if (row.ci_high < 0) return `charges for ${concept}`;
  return `shows no effect of ${concept} that can be told from none`;
}

function comparison(effects: EffectsFile, inSd: boolean): string {
  const naive = findRow(effects, "naive", "ate");
  if (naive.value === null) return ` (no naive comparison: ${naive.reason})`;
  return `; the naive comparison would have said ${signed(inSd ? naive.effect_size : naive.value)}`;
}

/** Header and rows of the table of estimates. */
export function estimateTable(effects: EffectsFile): { head: string[]; rows: string[][] } {
  const level = percent(effects.ci_level);
  return {
    head: [
      "estimator",
      "estimand",
      "effect size (sd)",
      `${level} CI`,
      "reward units",
      "standard error",
      "p",
      "n",
    ],
    rows: effects.estimates.map((row) => [
      ESTIMATOR_NAMES[row.estimator],
      row.estimand.toUpperCase(),
      ...(row.value === null
        ? [`– (${row.reason})`, "–", "–", "–", "–"]
        : [
            signed(row.effect_size, 3),
            interval(row.effect_size_ci_low, row.effect_size_ci_high, 3),
            signed(row.value, 4),
            plain(row.stderr, 4),
            pValue(row.p_value),
          ]),
      String(row.n),
    ]),
  };
}

/** Header and rows of the table of successful flips; null when the file does not say. */
export function flipTable(effects: EffectsFile): { head: string[]; rows: string[][] } | null {
  const { flips } = effects;
  if (!flips) return null;
  const share = ({ succeeded, of }: { succeeded: number; of: number }) =>
    of === 0 ? "–" : `${((100 * succeeded) / of).toFixed(1)} % of ${of}`;
  return {
    head: ["flips that succeeded", "to w = 1", "to w = 0"],
    rows: [
      ["rewrite", share(flips.rewrite.to_w_1), share(flips.rewrite.to_w_0)],
      [
        "rewrite of the rewrite",
        share(flips.rewritten_rewrite.to_w_1),
        share(flips.rewritten_rewrite.to_w_0),
      ],
    ],
  };
}
