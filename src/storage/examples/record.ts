import { type Json, TEXT_KEYS, type TextName } from "../../domain/example.js";
import { isMissing, readLabel } from "../../domain/labels.js";
import { isObject } from "../readers/json-value.js";

/**
 * A record of a rewrites or scored file: one example. This is the one definition of its fields, for those who write it and those who read it; every other field is
 * a reward model's rewards, under its reward key, or the user's own and carried along.
 */
export interface RecordFields {
  readonly id?: string;
  /** W of the original. */
  readonly w_original: boolean;
  /** The prompt. */
  readonly reward_question: string;
  /** Texts by their keys; one that is missing has failed. */
  readonly completions: Readonly<Record<string, string>>;
  /** W of the two rewrites by the attribute's own classifier; null where it could not tell. */
  readonly w_rewrite?: boolean | null;
  readonly w_rewritten_rewrite?: boolean | null;
  /** Why there is no usable rewrite. */
  readonly rewrite_failure?: RewriteFailureInFile;
  /** How many of the texts were cut to fit the model, by reward key. */
  readonly truncated_texts?: Readonly<Record<string, number>>;
  /** What the model read of each text, by reward key and text. */
  readonly scored_inputs?: Readonly<Record<string, Readonly<Record<string, ScoredInputInFile>>>>;
  /** Why texts got no score, likewise. */
  readonly score_failures?: Readonly<Record<string, Readonly<Record<string, ScoreFailureInFile>>>>;
}

export interface ScoreFailureInFile {
  readonly reason: string;
  readonly detail: string;
}

export interface RewriteFailureInFile {
  /** The key of the text that failed. */
  readonly step: string;
  readonly reason: string;
  readonly detail: string;
}

export interface ScoredInputInFile {
  readonly hash: string;
  readonly tokens: number;
  readonly bos: number;
  readonly truncated?: boolean;
}

/** The fields' names, in the order of the type. */
export const RECORD_FIELDS = [
  "id",
  "w_original",
  "reward_question",
  "completions",
  "w_rewrite",
  "w_rewritten_rewrite",
  "rewrite_failure",
  "truncated_texts",
  "scored_inputs",
  "score_failures",
] as const satisfies readonly (keyof RecordFields)[];

/** A record before its fields are checked. */
export type RawRecord = Readonly<Record<string, Json>>;

/** A record to be written: its own fields, those of the user, and rewards by reward key. */
export function recordToWrite(
  fields: RecordFields,
  others: RawRecord = {},
): RecordFields & Record<string, unknown> {
  return { ...others, ...fields };
}

/** A field of the record itself; names such as `constructor` are fields like others. */
export function fieldOf(record: RawRecord, name: string): Json | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}

/** A field's value: by its own name, else, for the column that prompt or response come from, that text, else by the path that its dots describe. */
export function valueAt(record: RawRecord, field: string): Json | undefined {
  if (Object.hasOwn(record, field)) return record[field];
  const text = textOfColumn(record, field);
  if (text !== undefined) return text;
  let value: Json | undefined = record as Json;
  for (const step of field.split(".")) value = isObject(value) ? fieldOf(value, step) : undefined;
  return value;
}

/** The prompt or the original response, where it comes from a column of this name in the data. */
function textOfColumn(record: RawRecord, name: string): Json | undefined {
  const columns = fieldOf(record, "source_columns");
  if (!isObject(columns)) return undefined;
  if (columns.prompt === name) return fieldOf(record, "reward_question");
  const texts = columns.response === name ? fieldOf(record, "completions") : undefined;
  return isObject(texts) ? fieldOf(texts, TEXT_KEYS.original) : undefined;
}

const INFINITE = /^[+-]?inf(?:inity)?$/i;
const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;

/**
 * What stands in the place of a reward: the number; null for a missing one (null, NaN, Infinity, an empty cell, or a word for one of these); undefined for
 * anything that is no reward. Numbers may stand as text, as in tables.
 */
export function rewardOf(value: Json | undefined): number | null | undefined {
  if (typeof value === "number") return Number.isFinite(value) ? value : null;
  if (isMissing(value)) return null;
  if (typeof value !== "string") return undefined;
  const text = value.trim();
  if (INFINITE.test(text)) return null;
  if (!NUMBER.test(text)) return undefined;
  const number = Number(text);
  return Number.isFinite(number) ? number : null;
}

/** The rewards of the three texts under a reward key; null for a missing one. */
export function rewardsIn(
  record: RawRecord,
  rewardKey: string,
  keys: Readonly<Record<TextName, string>> = TEXT_KEYS,
): Readonly<Record<TextName, number | null>> {
  const stored = fieldOf(record, rewardKey);
  const reward = (name: TextName) =>
    isObject(stored) ? (rewardOf(fieldOf(stored, keys[name])) ?? null) : null;
  return {
    original: reward("original"),
    rewrite: reward("rewrite"),
    rewriteOfRewrite: reward("rewriteOfRewrite"),
  };
}

/** Fields of the record itself that are objects with texts' keys in them, and no rewards. */
const NO_REWARDS: ReadonlySet<string> = new Set(RECORD_FIELDS);

/** Whether a field holds a reward model's rewards: numbers, or missing ones, under the keys of the rewrites. */
export function isRewards(
  key: string,
  value: Json | undefined,
  keys: Readonly<Record<TextName, string>> = TEXT_KEYS,
): value is { [key: string]: Json } {
  if (NO_REWARDS.has(key) || !isObject(value)) return false;
  const held = [keys.rewrite, keys.rewriteOfRewrite].filter((name) => Object.hasOwn(value, name));
  return held.some((name) => rewardOf(value[name]) !== undefined);
}

/** The reward keys of a record. */
export function rewardKeysOf(
  record: RawRecord,
  keys: Readonly<Record<TextName, string>> = TEXT_KEYS,
): string[] {
  return Object.keys(record).filter((key) => isRewards(key, record[key], keys));
}

/** What a record notes of its scores by reward key; nothing where it has no such notes. */
export function notesIn<Name extends "scored_inputs" | "score_failures" | "truncated_texts">(
  record: RawRecord,
  name: Name,
): NonNullable<RecordFields[Name]> {
  const found = fieldOf(record, name);
  return (isObject(found) ? found : {}) as NonNullable<RecordFields[Name]>;
}

/** W of the original in a record that has been read; null where it does not say. */
export function treatedIn(record: RawRecord): boolean | null {
  const label = readLabel(fieldOf(record, "w_original"));
  return typeof label === "boolean" ? label : null;
}

/** The failure that a record tells of; null where it tells of none. */
export function failureIn(record: RawRecord): { step: string; reason: string; detail: string } | null {
  const failure = fieldOf(record, "rewrite_failure");
  if (!isObject(failure)) return null;
  const text = (name: string, fallback: string) => {
    const value = fieldOf(failure, name);
    return typeof value === "string" ? value : fallback;
  };
  return { step: text("step", ""), reason: text("reason", "failed"), detail: text("detail", "") };
}
