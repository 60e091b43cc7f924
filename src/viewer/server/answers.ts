/** What the server tells the page. Plain data; every text in it is the data's own and is shown as text. */

import type { Json, TextName } from "../../domain/example.js";
import type { Counts } from "./query.js";

/** How a file holds its examples: one a line, one object keyed by id, or as the answers that a run notes down as they come. */
export type Form = "lines" | "keyed" | "journal" | "table";

export interface ProjectAnswer {
  readonly title: string;
  readonly version: string;
  readonly datasets: readonly DatasetEntry[];
  readonly results: readonly ResultEntry[];
  readonly studies: readonly StudyEntry[];
  readonly runs: readonly RunEntry[];
  readonly figures: readonly { readonly file: string; readonly type: string }[];
  readonly broken: readonly { readonly file: string; readonly reason: string }[];
}

export interface DatasetEntry {
  readonly file: string;
  readonly size: number;
  readonly form: Form;
}

/** What the results of a study say together. */
export interface StudyEntry {
  readonly file: string;
  readonly note: string;
  /** Tables with their captions, those that have rows. */
  readonly tables: readonly (TableText & { readonly caption: string })[];
}

/** One data set under one reward model. */
export interface ResultEntry {
  readonly file: string;
  readonly index: number;
  readonly concept: string;
  readonly rewardKey: string;
  readonly answer: string;
  /** Mark and word of the verdict. */
  readonly verdict: string;
  /** RATE over all examples, in standard deviations of the reward where there is a scale; null where the data are unusable. */
  readonly value: number | null;
  readonly low: number | null;
  readonly high: number | null;
  readonly naive: number | null;
  readonly unit: "sd" | "reward units";
  readonly warnings: number;
  /** The scored file, where it is among what is shown. */
  readonly dataset: string | null;
}

export interface RunEntry {
  readonly file: string;
  readonly timestamp: string;
  readonly command: string;
  readonly finished: boolean;
  readonly smokeTest: boolean;
  readonly reached: readonly { readonly label: string; readonly done: number; readonly total: number }[];
  readonly outputs: readonly string[];
}

interface TableText {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

export interface ResultAnswer extends ResultEntry {
  readonly title: string;
  readonly estimates: TableText;
  readonly flips: TableText | null;
  readonly warningTexts: readonly string[];
  readonly diagnostics: TableText;
  readonly facts: readonly (readonly [name: string, value: string])[];
}

export interface ExampleRow {
  readonly id: string;
  readonly treated: 0 | 1 | null;
  /** Whether the flips failed; null where it is not known. */
  readonly failedFlips: readonly [boolean | null, boolean | null];
  readonly failure: string | null;
  readonly length: number | null;
  readonly difference: number | null;
  /** The beginning of the original. */
  readonly opening: string;
}

export interface ExamplesAnswer {
  readonly file: string;
  readonly rows: readonly ExampleRow[];
  /** From 1. */
  readonly page: number;
  readonly pages: number;
  readonly matched: number;
  readonly total: number;
  readonly mean: number | null;
  readonly scored: number;
  readonly model: string;
  readonly models: readonly string[];
  readonly tooManyModels: boolean;
  readonly counts: Counts;
  /** Whether the whole file is in the index; how much of it is, where that can be told. */
  readonly complete: boolean;
  readonly share: number | null;
  /** How many examples a search has looked at; null without one. */
  readonly searched: number | null;
  readonly unreadable: { readonly count: number; readonly first: string | null };
  readonly failure: string | null;
}

/** A text, or its beginning, of so many characters. */
export interface ShownText {
  readonly text: string;
  readonly of: number;
}

export interface ModelRewards {
  readonly rewardKey: string;
  readonly rewards: Readonly<Record<TextName, number | null>>;
  readonly difference: number | null;
  /** The rewrite of the rewrite less the original: what rewriting does by itself. */
  readonly rewriter: number | null;
  /** The file that the rewards are in, where it is another one. */
  readonly elsewhere: string | null;
}

export interface ExampleAnswer {
  readonly file: string;
  readonly id: string;
  readonly treated: 0 | 1 | null;
  readonly failedFlips: readonly [boolean | null, boolean | null];
  readonly failure: string | null;
  readonly prompt: ShownText | null;
  readonly texts: Readonly<Record<TextName, ShownText | null>>;
  readonly placebo: ShownText | null;
  readonly models: readonly ModelRewards[];
  /** Whether other files that may have rewards are still being read. */
  readonly reading: boolean;
  /** The record's other fields. */
  readonly fields: readonly (readonly [name: string, value: string])[];
  /** The examples before and after it in the order that is looked at, and its place there, from 1. */
  readonly before: string | null;
  readonly after: string | null;
  readonly place: number | null;
}

export type JsonRecord = Readonly<Record<string, Json>>;
