import { basename, dirname, isAbsolute, join, relative } from "node:path";
import { inputError } from "../../domain/errors.js";
import { keysIn } from "../../storage/examples/scored.js";
import { readRecords } from "../../storage/examples/stored.js";
import type { Project } from "../../storage/project/project.js";
import { fileWithin } from "../../storage/project/within.js";
import type { EffectsFile } from "../files/effects-file.js";
import { inferenceOf, nameFromFile } from "./choices.js";
import { type EstimateWork, estimate, type Inference } from "./effects.js";
import { readResultsIfAny, type StoredResults } from "./read-effects.js";

/** A result, and where its scored examples are. */
export interface FoundResult {
  readonly result: EffectsFile;
  /** The interval that holds for all results of its study at once, where it is of one. */
  readonly simultaneous: { readonly low: number; readonly high: number } | null;
  /** The study's file that it is from. */
  readonly study: StoredResults | null;
  /** Null when the file with the scores is not to be found. */
  readonly scored: string | null;
}

/** Which reward models' results are wanted; null for all. */
export type WantedKeys = readonly string[] | null;

/**
 * The results that files hold, whatever they are: effects files, studies, published effects files, scored files (estimated here, under each of
 * their reward models), and plotting configurations, whose lines name scored files of the project.
 */
export async function findResults(
  files: readonly string[],
  wanted: WantedKeys,
  project: Project,
  inference: Inference = inferenceOf(undefined),
): Promise<FoundResult[]> {
  const found: FoundResult[] = [];
  for (const file of files) found.push(...(await resultsOf(file, wanted, project, inference)));
  const kept = wanted ? found.filter(({ result }) => wanted.includes(result.reward_key)) : found;
  if (kept.length > 0) return kept;
  const keys = [...new Set(found.map(({ result }) => result.reward_key))];
  throw inputError(
    `${files.join(", ")}: no result under ${wanted?.join(", ")}\nreward keys there: ${keys.join(", ") || "none"}`,
  );
}

async function resultsOf(
  file: string,
  wanted: WantedKeys,
  project: Project,
  inference: Inference,
): Promise<FoundResult[]> {
  if (file.endsWith(".json")) {
    const stored = await readResultsIfAny(file);
    if (stored) {
      return Promise.all(
        stored.results.map(async (result) => ({
          result,
          simultaneous: simultaneousOf(result, stored.study),
          study: stored.study && stored,
          scored: await scoredNear(result.dataset_filename, file, project),
        })),
      );
    }
  }
  const works = (await plottingConfig(file, project)) ?? (await worksOf(file, wanted, inference));
  const found: FoundResult[] = [];
  for (const work of works) {
    const { effects: result } = await estimate(work);
    found.push({ result, simultaneous: null, study: null, scored: work.scored });
  }
  return found;
}

function simultaneousOf(result: EffectsFile, study: StoredResults["study"]): FoundResult["simultaneous"] {
  const name = result.dataset_name ?? result.dataset_filename;
  const row = study?.rows.find((entry) => entry.reward_key === result.reward_key && entry.dataset === name);
  return row ? { low: row.simultaneous_low, high: row.simultaneous_high } : null;
}

/** A scored file under each of its reward models. */
async function worksOf(scored: string, wanted: WantedKeys, inference: Inference): Promise<EstimateWork[]> {
  const present = [...(await keysIn(scored, { columns: inference.columns }))];
  if (present.length === 0)
    throw inputError(
      `${scored}: holds no rewards; expected an effects file, a study, a scored file or a plotting configuration`,
    );
  return present
    .filter((key) => !wanted || wanted.includes(key))
    .map((rewardKey) => ({
      scored,
      rewardKey,
      dataset: nameFromFile(scored),
      concept: null,
      score: null,
      inference,
    }));
}

/** What a plotting configuration names; null when the file is none. */
async function plottingConfig(file: string, project: Project): Promise<EstimateWork[] | null> {
  const works: EstimateWork[] = [];
  for await (const { record, origin } of readRecords(file)) {
    if (works.length === 0 && ("completions" in record || !("dataset_filename" in record))) return null;
    const text = (key: string) => {
      const value = record[key];
      if (typeof value === "string" && value !== "") return value;
      throw inputError(`${origin}: ${key}: expected text, found ${JSON.stringify(value) ?? "nothing"}`);
    };
    const filename = text("dataset_filename");
    const scored = await scoredNear(filename, file, project);
    if (scored === null)
      throw inputError(
        `${origin}: dataset_filename: ${filename} is not in ${project.path("data", "scored")}, nor beside ${file}`,
      );
    works.push({
      scored,
      rewardKey: text("reward_key"),
      dataset: text("dataset_name"),
      concept: text("concept"),
      score: text("score"),
      inference: inferenceOf(undefined),
    });
  }
  return works;
}

/**
 * A scored file that another file names: in the project, beside the file that names it, or in the project that this file
 * lies in. A name never leads out of these folders: what is shown of a file that came from elsewhere would be chosen by it.
 */
async function scoredNear(name: string, file: string, project: Project): Promise<string | null> {
  const own = isAbsolute(name) ? relative(project.path("data", "scored"), name) : name;
  const places: readonly [folder: string, name: string][] = [
    [project.path("data", "scored"), own],
    [dirname(file), basename(name)],
    [join(dirname(file), "..", "data", "scored"), basename(name)],
  ];
  for (const [folder, wanted] of places) {
    const found = await fileWithin(folder, wanted);
    if (found !== null) return found;
  }
  return null;
}
