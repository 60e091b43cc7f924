import type { EffectsFile } from "../estimators/effects-file.js";

/** An example as the report shows it. */
export interface ExampleView {
  readonly id: string;
  readonly treated: boolean;
  readonly prompt: string;
  readonly texts: { readonly original: string; readonly rewrite: string; readonly rewriteOfRewrite: string };
  readonly rewards: {
    readonly original: number | null;
    readonly rewrite: number;
    readonly rewriteOfRewrite: number;
  };
  /** Why it is shown. */
  readonly why: string;
}

/** One data set under one reward model. */
export interface ResultView {
  readonly effects: EffectsFile;
  readonly examples: readonly ExampleView[];
}

/** A row of the comparison with a planted truth, in effect sizes. */
export interface TruthRow {
  readonly name: string;
  readonly value: number;
  readonly low: number;
  readonly high: number;
  readonly note: string;
}

export interface TruthCheck {
  readonly title: string;
  readonly explanation: string;
  readonly rows: readonly TruthRow[];
}

export interface ReportView {
  readonly title: string;
  readonly timestamp: string;
  readonly version: string;
  readonly results: readonly ResultView[];
  readonly truth: TruthCheck | null;
}
