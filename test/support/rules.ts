import { resolveRule } from "../../src/datasets/attributes/index.js";
import type { Attribute } from "../../src/domain/attribute.js";

/** An attribute's rule, split at the median of these texts where it is split at one. */
export function ruleOver(attribute: Attribute, texts: readonly string[]) {
  const measured = texts.map((text) => attribute.rule?.measure(text) ?? null);
  return resolveRule(
    attribute,
    measured.filter((value) => value !== null),
  );
}
