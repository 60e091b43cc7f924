import type { Attribute, Classifier } from "../../domain/attribute.js";
import { inputError } from "../../domain/errors.js";
import { closest } from "../../domain/suggest.js";
import { formality } from "./formality.js";
import { judged } from "./judged.js";
import { length } from "./length.js";
import { LIBRARY } from "./library/index.js";
import { listStructure } from "./list-structure.js";
import { sentiment } from "./sentiment.js";

/** The ready-made attributes, by name. */
export const ATTRIBUTES: Readonly<Record<string, Attribute>> = {
  length,
  formality,
  sentiment,
  list_structure: listStructure,
  ...judged,
  ...LIBRARY,
};

/**
 * Throws, with the known names, when there is no such attribute.
 *
 * @example
 * findAttribute("length").labels.treated; // "longer"
 */
export function findAttribute(name: string): Attribute {
  const found = Object.hasOwn(ATTRIBUTES, name) ? ATTRIBUTES[name] : undefined;
  if (found) return found;
  const known = Object.keys(ATTRIBUTES);
  const near = closest(name, known);
  throw inputError(
    `there is no attribute ${JSON.stringify(name)}${near ? `; did you mean ${near}?` : ""} (known: ${known.join(", ")})`,
  );
}

/**
 * An attribute's rule with its threshold fixed: the given number, or the median of what was measured. Throws when the threshold is a
 * median and no text could be measured.
 *
 * @example
 * const { classify } = resolveRule(findAttribute("length"), [120, 800, 400]);
 * classify("A short answer."); // false
 */
export function resolveRule(
  attribute: Attribute,
  measured: Iterable<number>,
): { threshold: number; classify: Classifier } {
  if (!attribute.rule)
    throw inputError(`the attribute ${attribute.name} has no rule; only a judge can decide it`);
  const { measure, threshold } = attribute.rule;
  const fixed = threshold === "median" ? median(measured) : threshold;
  const classify = (text: string) => {
    const value = measure(text);
    return value === null ? null : value > fixed;
  };
  return { threshold: fixed, classify };
}

function median(values: Iterable<number>): number {
  const sorted = Float64Array.from(values).sort();
  if (sorted.length === 0) throw inputError("there is no text whose median could be taken");
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
