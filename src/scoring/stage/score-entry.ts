import {
  notesIn,
  type RecordFields,
  type ScoredInputInFile,
  type ScoreFailureInFile,
} from "../../storage/examples/record.js";
import type { StoredExample } from "../../storage/examples/stored.js";

/** One example's rewards, by the keys that files use; null where a text got none. */
export type StoredRewards = Readonly<Record<string, number | null>>;

/** What a journal of scores keeps of an example. */
export interface JournalEntry {
  readonly id: string;
  readonly rewards: StoredRewards;
  /** Rewards of the same pass under other keys. */
  readonly others?: Readonly<Record<string, StoredRewards>>;
  readonly inputs?: Readonly<Record<string, ScoredInputInFile>>;
  readonly failures?: Readonly<Record<string, ScoreFailureInFile>>;
  readonly treated?: boolean;
  readonly tokens: number;
  readonly truncated: number;
}

/** The fields that scores add to an example's record. */
export function fieldsOf(
  example: StoredExample,
  keys: readonly [string, ...string[]],
  entry: JournalEntry,
): Record<string, unknown> {
  return {
    ...truncatedKeys(example, keys, entry.truncated),
    ...inputKeys(example, keys, entry.inputs),
    ...failureKeys(example, keys[0], entry.failures),
    [keys[0]]: entry.rewards,
    ...entry.others,
  };
}

/** What is noted of the scores in an example's record. */
type Notes = Pick<RecordFields, "scored_inputs" | "score_failures" | "truncated_texts">;

/** What the model read of each text, by reward key. */
function inputKeys(
  { record }: StoredExample,
  keys: readonly string[],
  inputs: JournalEntry["inputs"],
): Notes {
  if (!inputs) return {};
  const known = notesIn(record, "scored_inputs");
  return { scored_inputs: { ...known, ...Object.fromEntries(keys.map((key) => [key, inputs])) } };
}

/** Why texts got no score, by reward key; absent where all have one. */
function failureKeys(
  { record }: StoredExample,
  rewardKey: string,
  failures: JournalEntry["failures"],
): Notes {
  if (!failures) return {};
  const known = notesIn(record, "score_failures");
  return { score_failures: { ...known, [rewardKey]: failures } };
}

/** How many of the texts were cut to fit the model, by reward key; absent where none was. */
function truncatedKeys({ record }: StoredExample, keys: readonly string[], count: number): Notes {
  if (count === 0) return {};
  const known = notesIn(record, "truncated_texts");
  return { truncated_texts: { ...known, ...Object.fromEntries(keys.map((key) => [key, count])) } };
}
