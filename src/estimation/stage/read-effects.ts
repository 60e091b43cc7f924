import { stat } from "node:fs/promises";
import { inputError } from "../../domain/errors.js";
import { checked, type JsonFile, readJson } from "../../storage/readers/json-file.js";
import type { SmallFile } from "../../storage/readers/small-file.js";
import { type EffectsFile, effectsSchema } from "../files/effects-schema.js";
import { publishedRows } from "../files/published-effects.js";
import { judgedRow } from "../files/row-verdict.js";
import { type StudyInFile, studySchema } from "../files/study-file.js";

/** An effects file is some kilobytes. */
export const EFFECTS: SmallFile = {
  what: "an effects file",
  most: 64 << 20,
  advice: "rate effects writes them",
};

/** What an effects file or a study's file holds. */
export type StoredResults = Omit<StudyInFile, "study"> & { readonly study: StudyInFile["study"] | null };

/**
 * The results in an effects file: one, or several in the file of a study. As `readResults`.
 *
 * @example
 * const [effects] = await readEffects("effects.json");
 */
export async function readEffects(path: string): Promise<readonly EffectsFile[]> {
  return (await readResults(path)).results;
}

/**
 * Reads an effects file, or the file of a study. Files without rows, as the published code writes them, are read by their keys; their effect
 * sizes take `reward_std` as known, and their intervals are normal ones at 95 %. Throws with the file and the field on what is no effects file.
 */
export async function readResults(path: string): Promise<StoredResults> {
  return resultsIn(await readJson(path, EFFECTS));
}

/** The results in a file's JSON; null when it is something else altogether. Throws as `readResults`. */
export function resultsIfAny(file: JsonFile): StoredResults | null {
  const { value } = file;
  const is = (key: string) => typeof value === "object" && value !== null && key in value;
  return is("results") || is("estimates") || is("ATE_rewritten_rewrite") ? resultsIn(file) : null;
}

/** As `readResults`; null when the file is too large for one, or something else. */
export async function readResultsIfAny(path: string): Promise<StoredResults | null> {
  const size = await stat(path).then(
    (found) => found.size,
    () => 0,
  );
  return size > EFFECTS.most ? null : resultsIfAny(await readJson(path, EFFECTS));
}

function resultsIn(read: JsonFile): StoredResults {
  const { value } = read;
  if (typeof value !== "object" || value === null || !("results" in value))
    return { study: null, human: [], results: [resultOf(read, [])] };
  const whole = checked(read, studySchema);
  return { ...whole, results: whole.results.map((_, index) => resultOf(read, ["results", index])) };
}

function resultOf(read: JsonFile, within: readonly PropertyKey[]): EffectsFile {
  const { estimates, ...found } = checked(read, effectsSchema, within);
  if (estimates === undefined && !("ATE_rewritten_rewrite" in found))
    throw inputError(
      `${read.path}: ${[...within, "estimates"].join(".")}: missing, and so is ATE_rewritten_rewrite; rate effects writes effects files`,
    );
  // Rows that a file lacks are there with their reason.
  const rows = publishedRows(found).map(
    (own) =>
      estimates?.find(
        ({ estimator, estimand }) => estimator === own.estimator && estimand === own.estimand,
      ) ?? own,
  );
  return { ...found, estimates: rows.map((row) => judgedRow(row, found)) };
}
