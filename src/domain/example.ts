/**
 * The words of the method: an example, its three texts, and the rewards a model gave them.
 * Everything here is plain data; nothing reads or writes files.
 */

/** Identity of an example: the key in every file and the only join key. Made in `datasets/` alone. */
export type ExampleId = string & { readonly brand: "ExampleId" };

/** Any value that JSON can hold. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** One (prompt, response) pair of a data set with the value of the attribute in the response. */
export interface Example {
  readonly id: ExampleId;
  /** The text that the reward model conditions on. */
  readonly prompt: string;
  /** The response that is judged: the text called `original` in every file. */
  readonly response: string;
  /** W: whether the original response has the attribute (w = 1). */
  readonly treated: boolean;
  /** A person's minimal edit of the response that flips the attribute, where the data has one. */
  readonly counterfactual?: string;
  /** Other fields of the source row, carried along unchanged. */
  readonly fields?: Readonly<Record<string, Json>>;
}

/** The three texts of an example, in the order in which they come about. */
export const TEXT_NAMES = ["original", "rewrite", "rewriteOfRewrite"] as const;
export type TextName = (typeof TEXT_NAMES)[number];

/** The same three names as they are spelled in files. */
export const TEXT_KEYS = {
  original: "original",
  rewrite: "rewrite",
  rewriteOfRewrite: "rewritten rewrite",
} as const satisfies Record<TextName, string>;

/** How files spell a fourth text that some data sets have: a rewrite that leaves the attribute as it is. */
export const PLACEBO_KEY = "placebo";

/** A third pass: the rewrite of the rewritten rewrite, towards 1 − w again. */
export const THIRD_KEY = "third rewrite";
/** A person's minimal edit of the original that flips the attribute. */
export const GOLD_KEY = "counterfactual";
/** Texts beside the three that some data sets have; they are scored like the three. */
export const EXTRA_KEYS = [PLACEBO_KEY, THIRD_KEY, GOLD_KEY] as const;

/** The texts of one example: y, Re(y, 1 − w) and Re(Re(y, 1 − w), w). */
export type Texts = Readonly<Record<TextName, string>>;

/**
 * The rewards of n examples under one reward model, as columns: what the estimators read. Row i is the same example in
 * every column. Every reward is finite, except that `original` holds NaN where the data has no reward of the original.
 */
export interface RewardTable {
  /** W of the original: 1 or 0. */
  readonly treated: Uint8Array;
  readonly original: Float64Array;
  readonly rewrite: Float64Array;
  readonly rewriteOfRewrite: Float64Array;
  /** Cluster of each row, numbered from 0 without gaps; null when the examples are independent. */
  readonly clusters: Int32Array | null;
}
