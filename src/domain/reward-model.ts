/** The boundary to anything that scores. */

import { workError } from "./errors.js";

/** One (prompt, response) pair to be scored. */
export interface ScoringInput {
  readonly prompt: string;
  readonly response: string;
}

/** A reward and what is known about how it came about. */
export interface Score {
  readonly reward: number;
  /** Rewards of the same pass, in the order of the model's `otherKeys`. */
  readonly others?: readonly number[];
  /** Tokens that the model read, special tokens included. */
  readonly tokens: number;
  /** Whether text was cut off to fit the model. */
  readonly truncated: boolean;
  /** Tokens at its beginning that begin a sequence; more than one is a fault. */
  readonly bosCount?: number;
  /** Equal for equal token ids, so that two runs can be compared by what the model read. */
  readonly inputHash?: string;
}

/** A text that got no score, by which fault, and in words: it is left out and counted. */
export interface Unscored {
  readonly missing: string;
  readonly detail: string;
  readonly tokens: number;
  readonly truncated: false;
  readonly inputHash?: string;
}

/**
 * A reward model ready to score. `score` returns one `Score` for each input, in input order; callers check it with `finiteReward`, as they know
 * whose it is. Batching is the model's own affair; callers pass as many inputs as they want scored
 * before the next checkpoint.
 */
export interface RewardModel {
  /** The key under which rewards are stored, by default the model's name. */
  readonly rewardKey: string;
  /** Keys of further rewards that the same pass gives. */
  readonly otherKeys?: readonly string[];
  /** Facts for the template file: runtime, model files and their hashes, dtype, output, truncation. */
  readonly facts: Readonly<Record<string, unknown>>;
  /** Told of all inputs before the first is scored, where that costs money. Throws when the person does not want to spend it. */
  announce?(inputs: AsyncIterable<ScoringInput>): Promise<void>;
  score(inputs: readonly ScoringInput[]): Promise<Score[]>;
  /** The same for a model that may have no score for a text, which `score` throws on. Throws where hardly a text gets one. */
  scoreOrSkip?(inputs: readonly ScoringInput[]): Promise<(Score | Unscored)[]>;
  /** What has been run so far: tokens, and the places in batches that they took, the difference being what was filled up. */
  work?(): { readonly tokens: number; readonly places: number };
  /** Whether it scores in other processes, so that it may be asked again while it is at work. */
  readonly elsewhere?: boolean;
  /** Whether it takes up a machine's memory, so that it is closed before another one is opened. */
  readonly exclusive?: boolean;
  dispose(): Promise<void>;
}

/** A score's reward. Throws, naming what was scored, when it is NaN or infinite. */
export function finiteReward({ reward }: Pick<Score, "reward">, rewardKey: string, scored: string): number {
  if (Number.isFinite(reward)) return reward;
  throw workError(
    `${rewardKey} gave ${reward} for ${scored}, which is no reward; look at the text, and at the model's weights and number type`,
  );
}
