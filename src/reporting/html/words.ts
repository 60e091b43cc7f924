import type { EffectsFile, EstimateRow } from "../../estimation/files/effects-file.js";
import { verdictSign } from "./verdicts.js";

/** Estimators as people read them. */
export const ESTIMATOR_NAMES = { naive: "naive", single_rewrite: "single rewrite", rate: "RATE" } as const;

/** A number with its sign, minus being a real minus; "–" for none. */
export function signed(value: number | null, digits = 2): string {
  if (value === null) return "–";
  const text = decimal(Math.abs(value), digits);
  if (Number(text) === 0) return text;
  return `${value < 0 ? "−" : "+"}${text}`;
}

function decimal(size: number, digits: number): string {
  if (digits <= MOST_DIGITS) return size.toFixed(digits);
  if (size === 0) return "0";
  const exponent = Math.floor(Math.log10(size));
  return size
    .toExponential(Math.min(20, Math.max(1, digits + exponent)))
    .replace("e-", "e−")
    .replace("e+", "e");
}

/** A number as it is, minus being a real minus. */
export function plain(value: number | null, digits = 2): string {
  return signed(value, digits).replace("+", "");
}

/** An interval with at least `digits` decimals, and more where these would hide its width or on which side of 0 an end lies. */
export function interval(low: number | null, high: number | null, digits = 2): string {
  if (low === null || high === null) return "–";
  const shown = digitsFor(low, high, digits);
  return `${plain(low, shown)} to ${plain(high, shown)}`;
}

/** More decimals than this are written with an exponent of ten. */
const MOST_DIGITS = 8;
const MORE_FOR_ENDS = 3;

/**
 * Decimals for an interval and its estimate: at least `least`, and so many that two digits of the width show and no end that is not 0 looks like 0.
 */
export function digitsFor(low: number | null, high: number | null, least = 2): number {
  if (low === null || high === null) return least;
  const forWidth = Math.max(least, high > low ? 1 - Math.floor(Math.log10(high - low)) : 0);
  const forEnds = [low, high].map((end) => (end === 0 ? 0 : Math.ceil(-Math.log10(2 * Math.abs(end)))));
  // An end that is so near 0 that it would take many more digits is rounding, or the verdict says on which side it lies.
  return Math.max(forWidth, ...forEnds.filter((digits) => digits <= forWidth + MORE_FOR_ENDS));
}

export function pValue(value: number | null): string {
  if (value === null) return "–";
  return value < 0.0001 ? "< 0.0001" : value.toFixed(4);
}

/** A p-value in a sentence. */
export function pText(value: number): string {
  return value < 0.0001 ? "p < 0.0001" : `p = ${value.toFixed(4)}`;
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

/** An estimate in one unit: effect sizes where there are any, else reward units. */
export interface ShownEstimate {
  readonly value: number | null;
  readonly low: number | null;
  readonly high: number | null;
  readonly pValue: number | null;
  readonly unit: "sd" | "reward units";
  /** Decimals that show the interval. */
  readonly digits: number;
}

/** The numbers of a row that are shown together: value, interval and p-value of the same unit. */
export function shownEstimate(row: EstimateRow, least = 2): ShownEstimate {
  const inSd = row.effect_size !== null;
  const [value, low, high, pValue] = inSd
    ? [row.effect_size, row.effect_size_ci_low, row.effect_size_ci_high, row.effect_size_p_value]
    : [row.value, row.ci_low, row.ci_high, row.p_value];
  return {
    value,
    low,
    high,
    pValue,
    unit: inSd ? "sd" : "reward units",
    digits: digitsFor(low, high, least),
  };
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
      "p",
      "verdict",
      "n",
      "reward units",
      "standard error",
      "df",
    ],
    rows: effects.estimates.map((row) => {
      const { effect_size_ci_low: low, effect_size_ci_high: high } = row;
      const digits = digitsFor(low, high, 3);
      return [
        ESTIMATOR_NAMES[row.estimator],
        row.estimand.toUpperCase(),
        row.value === null ? `– (${row.reason})` : signed(row.effect_size, digits),
        interval(low, high, 3),
        pValue(shownEstimate(row).pValue),
        verdictSign(row.verdict),
        String(row.n),
        signed(row.value, digitsFor(row.ci_low, row.ci_high, 4)),
        plain(row.stderr, digitsFor(0, row.stderr, 4)),
        row.df === null ? "–" : plain(row.df, 1).replace(/\.0$/, ""),
      ];
    }),
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
