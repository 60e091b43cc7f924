import { shortName } from "../../domain/escape-controls.js";
import type { StudyInFile } from "../../estimation/files/study-file.js";
import { interval, percent, pValue, signed } from "./words.js";

type Summary = StudyInFile["study"];

interface TextTable {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** What the corrections for the number of effects mean. */
export function correctionsNote({ rows }: Summary): string {
  return (
    `Of ${rows.length} effects looked at, some stand out by chance. Holm's p-values keep the chance of any false finding, Benjamini and ` +
    "Hochberg's the share of false ones among those found; the simultaneous intervals hold the truth for all at once."
  );
}

/** Effects with their p-values and intervals, one by one and corrected for their number. */
export function correctionsTable({ rows }: Summary, level: number): TextTable {
  return {
    head: [
      "attribute",
      "reward model",
      "effect (sd)",
      `${percent(level)} CI`,
      "p",
      "Holm",
      "BH",
      "simultaneous CI",
    ],
    rows: rows.map((row) => [
      shortName(row.concept),
      shortName(row.reward_key),
      signed(row.value, 3),
      interval(row.low, row.high, 3),
      pValue(row.p_value),
      pValue(row.holm),
      pValue(row.benjamini_hochberg),
      interval(row.simultaneous_low, row.simultaneous_high, 3),
    ]),
  };
}

/** Differences between reward models on the same examples. */
export function contrastsTable({ contrasts }: Summary, level: number): TextTable {
  return {
    head: ["attribute", "first", "second", "first less second (sd)", `${percent(level)} CI`, "p", "n"],
    rows: contrasts.map((row) => [
      shortName(row.concept),
      shortName(row.first),
      shortName(row.second),
      signed(row.value, 3),
      interval(row.low, row.high, 3),
      pValue(row.p_value),
      String(row.n),
    ]),
  };
}

/** Effects of one attribute pooled over its data sets. */
export function pooledTable({ pooled }: Summary, level: number): TextTable {
  return {
    head: [
      "attribute",
      "reward model",
      "data sets",
      "effect (sd)",
      `${percent(level)} CI`,
      "p",
      "data sets differ (p)",
    ],
    rows: pooled.map((row) => [
      shortName(row.concept),
      shortName(row.reward_key),
      row.datasets.map((name) => shortName(name)).join(", "),
      signed(row.value, 3),
      interval(row.low, row.high, 3),
      pValue(row.p_value),
      pValue(row.heterogeneity?.p_value ?? null),
    ]),
  };
}
