import { readdir, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { inputError } from "../../domain/errors.js";
import type { Inference } from "../../estimation/stage/effects.js";
import { readResultsIfAny } from "../../estimation/stage/read-effects.js";
import { type FoundResult, findResults, type WantedKeys } from "../../estimation/stage/results.js";
import { humanMeans } from "../../estimation/stage/studies.js";
import { effectsStem, isOfSmokeTest, timestampOf } from "../../storage/project/file-names.js";
import type { Project } from "../../storage/project/project.js";
import type { ReportWork } from "./report.js";

export interface ReportFiles {
  /** Effects files, studies, scored files, project directories. */
  readonly files: readonly string[];
  readonly rewardKeys: WantedKeys;
  /** The attribute of scored files. */
  readonly concept: string | null;
  /** How scored files are estimated. */
  readonly inference: Inference;
}

/** What is reported of files. Scored files that a given effects file names serve as its examples; the others are estimated. */
export async function reportedOf(
  { files, rewardKeys, concept, inference }: ReportFiles,
  project: Project,
): Promise<Pick<ReportWork, "results" | "study" | "human" | "truth">> {
  const [effects, scored]: [string[], string[]] = [[], []];
  for (const file of (await Promise.all(files.map(filesOf))).flat()) {
    const isEffects = file.endsWith(".json") && (await readResultsIfAny(file)) !== null;
    (isEffects ? effects : scored).push(file);
  }
  const stored = effects.length === 0 ? [] : await findResults(effects, rewardKeys, project);
  const named = new Set(stored.map(({ result }) => basename(result.dataset_filename)));
  const given = new Map(scored.map((path) => [basename(path), path]));
  const others = scored.filter((path) => !named.has(basename(path)));
  const estimated = others.length === 0 ? [] : await findResults(others, rewardKeys, project, inference);
  const found: FoundResult[] = [
    ...stored.map((entry) => ({
      ...entry,
      scored: given.get(basename(entry.result.dataset_filename)) ?? entry.scored,
    })),
    ...estimated.map((entry) => ({
      ...entry,
      result: { ...entry.result, concept: concept ?? entry.result.concept },
    })),
  ];
  // A check of the estimators is no finding about a reward model, unless nothing else is asked for.
  const findings = found.filter(({ result }) => result.truth_check === undefined);
  const reported = findings.length > 0 ? findings : found;
  const study = stored[0]?.study ?? null;
  const whole =
    study !== null && found.length === study.results.length && found.every((entry) => entry.study === study);
  return {
    results: reported.map((entry) => ({ effects: entry.result, scored: entry.scored })),
    study: whole ? study.study : null,
    human: humanMeans(reported.map(({ result }) => result)),
    truth: found.find(({ result }) => result.truth_check)?.result.truth_check ?? null,
  };
}

/** The file, or the effects files of a project directory: of each data set, attribute and score the newest one, smoke tests only where there is no other. */
async function filesOf(path: string): Promise<string[]> {
  const isFolder = await stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
  if (!isFolder) return [path];
  const folder = join(path, "effects");
  const names = (await readdir(folder).catch(() => [] as string[])).filter((name) =>
    /^[^.].*\.json$/.test(name),
  );
  if (names.length === 0)
    throw inputError(
      `${path}: holds no effects/*.json; make them with rate run or rate effects --config, or name the files`,
    );
  const order = (name: string) => `${isOfSmokeTest(name) ? 0 : 1} ${timestampOf(name)}`;
  const newest = new Map<string, string>();
  for (const name of names.sort()) {
    const held = newest.get(effectsStem(name));
    if (held === undefined || order(held) <= order(name)) newest.set(effectsStem(name), name);
  }
  return [...newest.values()].map((name) => join(folder, name));
}
