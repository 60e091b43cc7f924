import { readdir } from "node:fs/promises";
import { isAbsolute, join, resolve } from "node:path";
import type { Config, LimitConfig } from "../domain/config/schema.js";
import { inputError } from "../domain/errors.js";
import type { EffectsFile } from "../estimation/files/effects-file.js";
import { list, nameFromFile } from "../estimation/stage/choices.js";
import { readEffects } from "../estimation/stage/read-effects.js";
import type { ColumnNames } from "../storage/examples/layout.js";
import { keysIn } from "../storage/examples/scored.js";
import { isOfSmokeTest, isScoredName, scoredStart, timestampOf } from "../storage/project/file-names.js";
import { newestScored } from "../storage/project/newest.js";
import { exists, fileName, newestFirst, type Project } from "../storage/project/project.js";
import type { LimitWork } from "./check.js";
import { datasetsOf } from "./plan.js";
import { conceptOf } from "./study.js";

/** What a call says of the files to look at; what it leaves out comes from the configuration. */
export interface CheckFiles {
  /** Scored files. */
  readonly datasets: readonly string[];
  readonly effects: readonly string[];
  /** The columns of scores made elsewhere. */
  readonly columns?: ColumnNames | undefined;
}

/** A scored file that a limit is about. */
interface Scored {
  /** Newest first; the first one that holds a wanted reward key counts. */
  readonly paths: readonly string[];
  readonly dataset: string | null;
  readonly concept: string | null;
}

/**
 * Finds the files and reward models that limits are about: those that the call names, else those of the limit, else the newest scored files of the
 * configuration's data sets. `limits` is where the limits stand, for messages.
 */
export async function planChecks(
  limits: readonly LimitConfig[],
  config: Config | undefined,
  files: CheckFiles,
  project: Project,
  origin: string,
): Promise<LimitWork[]> {
  const results = await readAll(files.effects);
  const works: LimitWork[] = [];
  for (const [index, limit] of limits.entries()) {
    const place = `${origin}${limits.length > 1 ? ` ${index + 1}` : ""}`;
    const found =
      files.effects.length > 0
        ? effectsFor(limit, results)
        : (
            await Promise.all(
              (
                await scoredFor(limit, config, files, project, place)
              ).map((file) => worksFor(limit, file, project, files.columns)),
            )
          ).flat();
    if (found.length === 0)
      throw inputError(
        `${place}: none of the effects files is about it (concept ${limit.concept ?? "any"}, reward key ${list(limit.reward_key).join(", ") || "any"})`,
      );
    works.push(...found);
  }
  return works;
}

async function readAll(paths: readonly string[]): Promise<{ path: string; effects: EffectsFile }[]> {
  const files = await Promise.all(
    paths.map(async (path) => (await readEffects(path)).map((effects) => ({ path, effects }))),
  );
  return files.flat();
}

function effectsFor(limit: LimitConfig, results: Awaited<ReturnType<typeof readAll>>): LimitWork[] {
  const keys = list(limit.reward_key);
  const same = (wanted: string | undefined, found: string | null) => wanted === undefined || wanted === found;
  return results
    .filter(
      ({ effects }) =>
        same(limit.concept, effects.concept) &&
        same(limit.dataset_name, effects.dataset_name) &&
        same(limit.dataset_filename, effects.dataset_filename) &&
        (keys.length === 0 || keys.includes(effects.reward_key)),
    )
    .map(({ path, effects }) => ({
      limit,
      dataset: effects.dataset_name,
      concept: effects.concept,
      source: { kind: "effects", path, effects },
      against: limit.against ? { path, rewardKey: "" } : null,
    }));
}

async function scoredFor(
  limit: LimitConfig,
  config: Config | undefined,
  { datasets }: CheckFiles,
  project: Project,
  place: string,
): Promise<Scored[]> {
  const named = (path: string): Scored => ({
    paths: [resolve(path)],
    dataset: limit.dataset_name ?? nameFromFile(path),
    concept: limit.concept ?? config?.effects?.concept ?? null,
  });
  if (datasets.length > 0) return datasets.map(named);
  if (limit.dataset_filename !== undefined) return [named(await scoredPath(limit.dataset_filename, project))];
  if (limit.dataset_name !== undefined) {
    const paths = await newestOf(limit.dataset_name, config, project);
    return [{ paths, dataset: limit.dataset_name, concept: limit.concept ?? null }];
  }
  if (config?.rewrites) {
    const jobs = (await datasetsOf(config.rewrites)).filter(
      (job) => limit.concept === undefined || conceptOf(job) === limit.concept,
    );
    if (jobs.length === 0)
      throw inputError(
        `${place}: concept: none of the configuration's data sets is about ${limit.concept}; name the data set (dataset_name)`,
      );
    return Promise.all(
      jobs.map(async (job) => ({
        paths: await newestOf(job.template.name, config, project),
        dataset: job.template.name,
        concept: conceptOf(job),
      })),
    );
  }
  if (!config?.effects)
    throw inputError(`${place}: name the data set (dataset_name) or the file (dataset_filename, --dataset)`);
  const block = config.effects;
  const path = await newestScored(project, {
    folder: block.dataset_folder ?? null,
    filename: block.dataset_filename ?? null,
    dataset: block.dataset_name ?? null,
    score: block.score ?? null,
    smokeTest: config.smoke_test,
  });
  return [{ ...named(path), dataset: block.dataset_name ?? nameFromFile(path) }];
}

/** A scored file by its name in the project, or by its path. */
async function scoredPath(name: string, project: Project): Promise<string> {
  const inside = project.path("data", "scored", name);
  return !isAbsolute(name) && (await exists(inside)) ? inside : resolve(name);
}

/** A data set's scored files, newest first. The reward models of the configuration tell its files from those of a data set with a longer name. */
async function newestOf(dataset: string, config: Config | undefined, project: Project): Promise<string[]> {
  const folder = project.path("data", "scored");
  const smoke = config?.smoke_test ?? false;
  const models = list(config?.scoring?.model);
  const starts =
    models.length === 0
      ? [`${fileName(dataset)}_`]
      : models.map((model) => scoredStart(dataset, model, smoke));
  const names = (await readdir(folder).catch(() => [] as string[])).filter(
    (name) =>
      starts.some((start) => name.startsWith(start)) && isScoredName(name) && isOfSmokeTest(name) === smoke,
  );
  if (names.length === 0)
    throw inputError(
      `${folder}: holds no ${smoke ? "smoke test's " : ""}scored file of ${dataset}; make it first (rate run), or name the file (dataset_filename)`,
    );
  return newestFirst(names).map((name) => join(folder, name));
}

/** One work for each reward model: those that the limit names, else all that the newest files hold. */
async function worksFor(
  limit: LimitConfig,
  file: Scored,
  project: Project,
  columns: ColumnNames | undefined,
): Promise<LimitWork[]> {
  const { dataset, concept } = file;
  const named = list(limit.reward_key);
  const other = limit.against;
  const otherPath =
    other?.dataset_filename === undefined ? null : await scoredPath(other.dataset_filename, project);
  const keys = named.length > 0 ? named : await allKeys(file.paths, columns);
  const compared = keys.filter((key) => otherPath !== null || key !== other?.reward_key);
  return Promise.all(
    compared.map(async (rewardKey) => {
      const path = await fileWith(file.paths, rewardKey);
      const against = other && {
        path: otherPath ?? (await fileWith(file.paths, other.reward_key!)),
        rewardKey: other.reward_key ?? rewardKey,
      };
      return {
        limit,
        dataset,
        concept,
        source: { kind: "scored", path, rewardKey },
        against: against ?? null,
      };
    }),
  );
}

/** The reward keys of the newest file, or of those that are as new: each model's file of one run builds on that of the model before. */
async function allKeys(paths: readonly string[], columns: ColumnNames | undefined): Promise<string[]> {
  const newest = paths.filter((path) => timestampOf(path) === timestampOf(paths[0]!));
  const keys = await Promise.all(newest.map((path) => keysIn(path, { columns })));
  const all = [...new Set(keys.flatMap((found) => [...found]))];
  if (all.length === 0) throw inputError(`${paths[0]}: holds no scores; score it first (rate score)`);
  return all;
}

/** The newest file that holds a reward key; the newest one where none does, which then says which keys it has. */
async function fileWith(paths: readonly string[], rewardKey: string): Promise<string> {
  if (paths.length === 1) return paths[0]!;
  for (const path of paths) if ((await keysIn(path)).has(rewardKey)) return path;
  return paths[0]!;
}
