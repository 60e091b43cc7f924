/**
 * A dataset template: where the rows come from and how a row becomes an example. Small, typed data with a few
 * functions.
 */

import type { Attribute } from "./attribute.js";
import type { Json } from "./example.js";

export type Row = Readonly<Record<string, Json>>;

/** A data set on the Hugging Face Hub. */
export interface HubSource {
  readonly kind: "hub";
  /** For example `stanfordnlp/imdb`. */
  readonly dataset: string;
  readonly split: string;
  /** Which of the data set's configurations; not needed where there is only one, or one called `default`. */
  readonly config?: string;
  /** Branch, tag or commit; by default the Parquet files that the Hub makes of every public data set. */
  readonly revision?: string;
  /** A file of the repository, instead of the split's Parquet files. */
  readonly path?: string;
}

/** Where rows come from. */
export type DataSource =
  /** A file, several, a folder of them, or a pattern such as `data/part-*.parquet`. */
  (
    | { readonly kind: "file"; readonly path: string | readonly string[] }
    | HubSource
    | { readonly kind: "review_sentences" }
  ) & {
    /** Keep the first or the last rows of the source alone. */
    readonly take?: { readonly first: number } | { readonly last: number };
  };

/**
 * How W of an original is decided: by a function of the row (null skips it), by the attribute's own rule, by an LLM
 * that answers the attribute's question, or by a classifier, a recipe whose score is above a threshold when W = 1.
 */
export type TreatedRule =
  | ((row: Row) => boolean | null)
  | { readonly by: "rule" }
  | { readonly by: "judge" }
  | { readonly by: "model"; readonly model: string; readonly above: number };

/** How much of a confounder is planted, and what decides where, besides the text. */
export interface Planted {
  readonly share: number;
  readonly seed?: string;
}

export interface DatasetTemplate {
  /** Name for files, for example `imdb_length`. */
  readonly name: string;
  readonly source: DataSource;
  /** Several responses in one row: the rows they become. */
  readonly expand?: (row: Row) => Iterable<Row>;
  /**
   * The column that holds the id; else a column called `id`, if every row has one of its own, else the row's number
   * in the source, from 0.
   */
  readonly idColumn?: string;
  /**
   * The columns that prompt and response are read from, which are not carried along beside them. Where this does not
   * say, they are those that `question` and `completion` read and return as they are.
   */
  readonly columns?: {
    readonly prompt?: string;
    readonly response?: string;
    /** Prompt and response in one. */
    readonly conversation?: string;
    /** A person's minimal edit of the response that flips the attribute; empty where there is none. */
    readonly counterfactual?: string;
    /** The labels, which are carried along. */
    readonly treated?: string;
  };
  /**
   * The text that the reward model conditions on. This and the other functions of a row may throw `LeftOut` where the
   * row is to be left out and counted.
   */
  readonly question: (row: Row) => string;
  /** The response that is judged and rewritten. */
  readonly completion: (row: Row) => string;
  readonly treated: TreatedRule;
  /**
   * A planted confounder: this share of the words of responses that start with a vowel gets a typo. The choice is
   * made by the text, and by `seed` where there is one.
   */
  readonly typos?: Planted;
  /**
   * The same with line breaks (`<br /><br />`) after this share of the sentences; other line breaks are taken out of
   * all responses.
   */
  readonly lineBreaks?: Planted;
  /**
   * With `expand`: ids count all rows made, from 0 (`flat`), and all first rows stand before all second ones
   * (`in_turn`); else an id is the source row's number and the place in it.
   */
  readonly expansion?: "flat" | "in_turn";
  /** Name of a ready-made attribute, or one of your own. */
  readonly attribute: string | Attribute;
  /** The rewriting model and its temperature, for rewriters that ask one. */
  readonly model?: string;
  readonly temperature?: number;
  /** Exactly so many examples are made (fewer when the source ends before). */
  readonly nExamples?: number;
}
