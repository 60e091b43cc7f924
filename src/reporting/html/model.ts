import type { ScoreDensity } from "../../estimation/estimators/score-densities.js";
import type { EffectsFile, TruthCheck } from "../../estimation/files/effects-file.js";
import type { StudyInFile } from "../../estimation/files/study-file.js";
import type { Histogram } from "./histogram.js";

/** Why an example is shown. */
export const KINDS = {
  typical: "typical",
  largest: "largest effect",
  opposite: "largest effect the other way",
  disagreement: "reward models disagree",
  failed_flip: "a flip that failed",
  failed_rewrite: "no usable rewrite",
} as const;
export type Kind = keyof typeof KINDS;

/** A part of a text: its characters from `from` on, of so many. */
export interface Excerpt {
  readonly text: string;
  readonly from: number;
  readonly of: number;
}

/** What one reward model says of an example. */
export interface ModelRewards {
  readonly rewardKey: string;
  readonly original: number | null;
  readonly rewrite: number | null;
  readonly rewriteOfRewrite: number | null;
  /** RATE's difference, do(1) − do(0), in standard deviations of the model's rewards. */
  readonly difference: number | null;
}

/** An example as the report shows it. */
export interface ExampleView {
  readonly id: string;
  readonly treated: boolean;
  readonly kinds: readonly Kind[];
  readonly prompt: Excerpt;
  /** Null where there is no text. */
  readonly texts: {
    readonly original: Excerpt | null;
    readonly rewrite: Excerpt | null;
    readonly rewriteOfRewrite: Excerpt | null;
  };
  readonly rewards: readonly ModelRewards[];
  /** What went wrong; null where nothing did. */
  readonly failure: string | null;
}

/** One data set under one reward model. */
export interface ResultView {
  readonly effects: EffectsFile;
  /** RATE's differences of the examples, in standard deviations of the rewards; null where the scored file is not at hand. */
  readonly differences: Histogram | null;
  readonly densities: readonly ScoreDensity[];
}

/** A fact about the making of a data set or its scores, as it was recorded. */
export type Facts = Readonly<Record<string, unknown>>;

/** How a data set came about, as far as its files tell. */
export interface Origin {
  /** Facts of the rewriting, the rewrite prompt, and the whole template. */
  readonly rewriting: {
    readonly facts: Facts;
    readonly prompt: string | null;
    readonly template: string;
  } | null;
  readonly scoring: readonly Facts[];
  readonly run: { readonly command: string; readonly directory: string; readonly version: string } | null;
}

/** A data set with some of its examples. */
export interface DatasetView {
  readonly name: string;
  readonly concept: string | null;
  readonly filename: string;
  /** Examples in the file; null where it is not at hand. */
  readonly counts: { readonly treated: number; readonly untreated: number } | null;
  /** Examples without a usable rewrite, by reason. */
  readonly failures: readonly {
    readonly reason: string;
    readonly treated: number;
    readonly untreated: number;
  }[];
  readonly examples: readonly ExampleView[];
  readonly origin: Origin;
}

export interface ReportView {
  readonly title: string;
  /** The run that the report is of; null for a report of files. */
  readonly timestamp: string | null;
  readonly version: string;
  /** The call that makes this report again. */
  readonly command: string;
  readonly results: readonly ResultView[];
  readonly datasets: readonly DatasetView[];
  readonly study: StudyInFile["study"] | null;
  readonly human: StudyInFile["human"];
  readonly truth: TruthCheck | null;
}
