/** The binary property W of a response whose effect on the reward is measured. */
export interface Attribute {
  /** Short name, for example `length`. */
  readonly name: string;
  /** How the prompt and the tables call the two values, for example `longer` (w = 1) and `shorter` (w = 0). */
  readonly labels: { readonly treated: string; readonly untreated: string };
  /**
   * The rewrite prompt, with `{original_completion}` and `{w_counterfactual_string}` where text and target label go. Both are
   * filled in one pass: braces in the text are never expanded.
   */
  readonly rewritePrompt: string;
  /**
   * How W is decided without asking anyone: a number for a text, and W = (number > threshold). `"median"` splits at the median
   * of the data set. Null from `measure` means that it cannot be decided for this text. Absent where only a judge can tell.
   */
  readonly rule?: {
    readonly measure: (text: string) => number | null;
    readonly threshold: number | "median";
    /** Whether a rule that goes by words finds any in a text that it knows; absent where it needs none. */
    readonly knows?: (text: string) => boolean;
  };
  /** The prompt of a placebo, which rewrites and leaves W as it is; the same names are filled in. A general one where absent. */
  readonly placeboPrompt?: string;
  /** A yes/no question about a text that an LLM judge answers; "yes" means W = 1. */
  readonly judgeQuestion: string;
}

/** Decides W for a text; null means that it cannot be decided and the example is skipped. */
export type Classifier = (text: string) => boolean | null;
