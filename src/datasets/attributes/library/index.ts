import { MANNER } from "./manner.js";
import { type Entry, type MeasuredAttribute, measured } from "./measured.js";
import { PUNCTUATION } from "./punctuation.js";
import { STRUCTURE } from "./structure.js";
import { WORDING } from "./wording.js";

export type { MeasuredAttribute } from "./measured.js";

/**
 * The library of attributes that can be measured on the surface of a text: candidates for discovery, attributes to study by name, and measures of what
 * else a rewrite has changed.
 */
export const LIBRARY: Readonly<Record<string, MeasuredAttribute>> = Object.fromEntries(
  Object.entries<Entry>({ ...STRUCTURE, ...PUNCTUATION, ...MANNER, ...WORDING }).map(([name, entry]) => [
    name,
    measured(name, entry),
  ]),
);
