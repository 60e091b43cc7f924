/** The boundary to anything that scores. */

/** One (prompt, response) pair to be scored. */
export interface ScoringInput {
  readonly prompt: string;
  readonly response: string;
}

/** A reward and what is known about how it came about. */
export interface Score {
  readonly reward: number;
  /** Tokens that the model read, special tokens included. */
  readonly tokens: number;
  /** Whether text was cut off to fit the model. */
  readonly truncated: boolean;
  /** Tokens at its beginning that begin a sequence; more than one is a fault. */
  readonly bosCount?: number;
  /** Equal for equal token ids, so that two runs can be compared by what the model read. */
  readonly inputHash?: string;
}

/**
 * A reward model ready to score. `score` returns one `Score` for each input, in input order; it throws a `RateError` that names
 * the input when a reward is not finite. Batching is the model's own affair; callers pass as many inputs as they want scored
 * before the next checkpoint.
 */
export interface RewardModel {
  /** The key under which rewards are stored, by default the model's name. */
  readonly rewardKey: string;
  /** Facts for the template file: runtime, model files and their hashes, dtype, output, truncation. */
  readonly facts: Readonly<Record<string, unknown>>;
  score(inputs: readonly ScoringInput[]): Promise<Score[]>;
  /** What has been run so far: tokens, and the places in batches that they took, the difference being what was filled up. */
  work?(): { readonly tokens: number; readonly places: number };
  dispose(): Promise<void>;
}
