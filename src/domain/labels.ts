import type { Json } from "./example.js";

/** What a cell says that holds a yes or a no: `missing` for one without a value, `unknown` for any other text. */
export type Label = boolean | "missing" | "unknown";

const YES = new Set(["true", "t", "yes", "y", "1", "1.0"]);
const NO = new Set(["false", "f", "no", "n", "0", "0.0"]);
/** How pandas, R, polars and spreadsheets spell a cell without a value. */
const MISSING = new Set(["", "na", "n/a", "nan", "-nan", "none", "null", "<na>", "nat", "#n/a"]);

/**
 * Reads a label in any spelling in which data sets are saved: true and false, yes and no, 1 and 0, each as a value or
 * as text, in any case. Booleans with missing cells become 1.0 and 0.0 in pandas.
 */
export function readLabel(value: Json | undefined): Label {
  if (typeof value === "boolean") return value;
  if (isMissing(value)) return "missing";
  if (value === 1) return true;
  if (value === 0) return false;
  if (typeof value !== "string") return "unknown";
  const word = value.trim().toLowerCase();
  if (YES.has(word)) return true;
  return NO.has(word) ? false : "unknown";
}

/** Whether a cell holds no value: nothing, null, NaN, or one of the words that programs write in their place. */
export function isMissing(value: Json | undefined): boolean {
  if (value === undefined || value === null) return true;
  if (typeof value === "number") return Number.isNaN(value);
  return typeof value === "string" && MISSING.has(value.trim().toLowerCase());
}
