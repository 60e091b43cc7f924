import { join } from "node:path";
import { ATTRIBUTES } from "../datasets/attributes/index.js";
import { findTemplate, TEMPLATE_NAMES } from "../datasets/templates/index.js";
import { isTemplateFile, loadTemplateFile } from "../datasets/templates/template-file.js";
import type { Config } from "../domain/config/schema.js";
import { inputError } from "../domain/errors.js";
import type { DatasetTemplate } from "../domain/template.js";
import { list } from "../estimation/stage/choices.js";
import { datasetInName, newestRewrites, newestScored } from "../storage/project/newest.js";
import { fileName, type Project } from "../storage/project/project.js";
import { modelsOf } from "./models.js";
import { datasetsOf } from "./plan.js";
import { rewardsOf } from "./study.js";

/**
 * What the stages of one configuration call data sets, attributes and reward models, so that each finds what the one
 * before has made, and so that all of them and `rate run` give their results the same names.
 */

/** A data set of a configuration. */
export interface NamedDataset {
  /** In file names. */
  readonly name: string;
  /** Its attribute; null where the configuration does not say. */
  readonly concept: string | null;
}

/** A reward model of a configuration; null where the configuration leaves it to the scored file. */
export interface NamedModel {
  /** In file names. */
  readonly score: string | null;
  readonly rewardKey: string | null;
}

/** A file to score. */
export interface ScoringTask {
  readonly dataset: string;
  /** A rewrites or scored file. */
  readonly input: string;
}

/** A scored file to estimate from, under one reward model. */
export interface EffectsTask extends NamedModel {
  readonly dataset: string;
  readonly concept: string | null;
  readonly scored: string;
}

/**
 * The data sets that a stage is about: those of the rewrites block, or those that `wanted` names among them (a data
 * set by its name; data described by columns by its own name, for all of its attributes; a template by its path), or
 * another data set, made elsewhere, of that name.
 */
export async function datasetsNamed(config: Config, wanted: string | undefined): Promise<NamedDataset[]> {
  const made = config.rewrites ? await namesOf(config.rewrites, wanted) : [];
  if (wanted === undefined) return made.map(({ dataset }) => dataset);
  const found = made.filter(({ dataset, entry }) => dataset.name === wanted || entry === wanted);
  if (found.length > 0) return found.map(({ dataset }) => dataset);
  if (isTemplateFile(wanted)) return [named(await loadTemplateFile(wanted))];
  return [TEMPLATE_NAMES.includes(wanted) ? named(findTemplate(wanted)) : { name: wanted, concept: null }];
}

/** The data sets of a rewrites block, each with the entry of `dataset_name` that it comes from. */
async function namesOf(rewrites: NonNullable<Config["rewrites"]>, wanted: string | undefined) {
  const entries = list(rewrites.dataset_name);
  try {
    const jobs = await datasetsOf(rewrites);
    return jobs.map(({ template }, index) => ({
      dataset: named(template),
      entry: rewrites.data ? entries[0] : entries[index],
    }));
  } catch (cause) {
    // What is scored or estimated may have been made elsewhere, under a name of its own.
    if (wanted !== undefined && !entries.includes(wanted)) return [];
    throw cause;
  }
}

function named({ name, attribute }: DatasetTemplate): NamedDataset {
  return { name, concept: typeof attribute === "string" ? attribute : attribute.name };
}

/**
 * The files that `rate score` is to score: one that the configuration names, or the newest of each data set. `file`
 * is the configuration, for messages.
 */
export async function scoringTasks(config: Config, project: Project, file: string): Promise<ScoringTask[]> {
  const { scoring } = config;
  if (!scoring) throw inputError(`${file}: has no scoring block`);
  const datasets = await datasetsNamed(config, scoring.dataset_name);
  const models = (await modelsOf(scoring.model, scoring)).map(({ name }) => name);
  const { dataset_folder: folder, dataset_filename: filename } = scoring;
  if (filename) {
    const input = join(project.path("data", folder), filename);
    return [{ dataset: datasetOfFile(filename, datasets, models).name, input }];
  }
  if (datasets.length === 0) throw inputError(`${file}: scoring: name the data set (dataset_name)`);
  const others = datasets.map(({ name }) => name);
  const find = (dataset: string) => {
    const wanted = { dataset, smokeTest: config.smoke_test };
    if (folder === "rewrites") return newestRewrites(project, wanted);
    // What these models have scored already is what an earlier call of this kind has made.
    return newestScored(project, {
      ...wanted,
      folder: null,
      filename: null,
      score: null,
      not: models,
      others,
    });
  };
  const inputs = await Promise.all(others.map(find));
  return inputs.map((input, index) => ({ input, dataset: others[index]! }));
}

/**
 * What `rate effects` is to estimate: each data set under each reward model that the configuration names or has
 * scored.
 */
export async function effectsTasks(config: Config, project: Project, file: string): Promise<EffectsTask[]> {
  const { effects, scoring, smoke_test: smokeTest } = config;
  if (!effects) throw inputError(`${file}: has no effects block`);
  const models = await modelsNamed(config);
  const datasets = await datasetsNamed(config, effects.dataset_name ?? scoring?.dataset_name);
  const known = scoring ? (await modelsOf(scoring.model, scoring)).map(({ name }) => name) : [];
  const { dataset_folder: folder = null, dataset_filename: filename = null } = effects;
  const conceptOf = ({ concept }: NamedDataset) => effects.concept ?? concept;
  if (filename) {
    const dataset = datasetOfFile(filename, datasets, known);
    const scored = join(project.path("data", "scored", ...(folder ? [folder] : [])), filename);
    return models.map((model) => ({ ...model, dataset: dataset.name, concept: conceptOf(dataset), scored }));
  }
  if (datasets.length === 0)
    throw inputError(`${file}: effects: name the data set (dataset_name) or the file (dataset_filename)`);
  const others = datasets.map(({ name }) => name);
  const wanted = aboutConcept(datasets, effects.concept, file);
  const tasks = wanted.flatMap((dataset) => models.map((model) => ({ dataset, model })));
  return Promise.all(
    tasks.map(async ({ dataset, model }) => {
      const find = (score: string | null) =>
        newestScored(project, { ...{ folder, filename, smokeTest, others, score }, dataset: dataset.name });
      // A name that no recipe has is one for the results alone.
      const scored = await find(model.score).catch((cause) => {
        if (model.score === null || known.includes(model.score)) throw cause;
        return find(null);
      });
      return { ...model, dataset: dataset.name, concept: conceptOf(dataset), scored };
    }),
  );
}

/**
 * What does not belong together in the parts of a configuration that name files and models, in words: a file of
 * another data set, a smoke test's file in a real run, a reward key of another model. It is said, and the
 * configuration taken at its word.
 */
export async function mismatches(config: Config, block: "scoring" | "effects"): Promise<string[]> {
  const { effects, scoring, smoke_test: smokeTest } = config;
  const found: string[] = [];
  const { dataset_filename: filename, dataset_name: dataset } = config[block] ?? {};
  const models = scoring ? await modelsOf(scoring.model, scoring) : [];
  if (filename && /_(?:scored|dataset)_\d{8}_\d{6}/.test(filename)) {
    const isSmoke = filename.includes("_smoke_test");
    if (isSmoke !== smokeTest)
      found.push(
        `${block}.dataset_filename names ${isSmoke ? "a smoke test's file" : "no smoke test's file"} (${filename}), but smoke_test is ${smokeTest}`,
      );
    const names = dataset === undefined ? [] : await datasetsNamed(config, dataset);
    const fits = names.some(({ name }) =>
      filename
        .split("/")
        .at(-1)!
        .startsWith(`${fileName(name)}_`),
    );
    if (names.length > 0 && !fits)
      found.push(
        `${block}.dataset_filename (${filename}) is of another data set than dataset_name says (${dataset})`,
      );
  }
  const { score, reward_key: rewardKey } = effects ?? {};
  const model = models.find(({ name }) => name === score);
  if (
    block === "effects" &&
    model &&
    rewardKey !== undefined &&
    rewardKey !== "all" &&
    model.rewardKey !== rewardKey
  )
    found.push(
      `effects.score is ${score}, whose reward key is ${model.rewardKey}, but reward_key is ${rewardKey}: its results are called ${score}`,
    );
  return found;
}

/** Of several data sets, those that are about the attribute that the configuration names. */
function aboutConcept(
  datasets: readonly NamedDataset[],
  concept: string | undefined,
  file: string,
): readonly NamedDataset[] {
  if (concept === undefined || datasets.length === 1) return datasets;
  const about = datasets.filter((dataset) => dataset.concept === concept);
  if (about.length > 0) return about;
  throw inputError(
    `${file}: effects.concept: none of the data sets is about ${concept} (they are about ${datasets.map((dataset) => dataset.concept).join(", ")})`,
  );
}

/**
 * Whose results `rate effects` gives: the reward model that the effects block names, else all that the scoring block
 * has scored.
 */
async function modelsNamed({ effects, scoring }: Config): Promise<NamedModel[]> {
  const scored = scoring
    ? (await modelsOf(scoring.model, scoring))
        .flatMap(rewardsOf)
        .map(({ name, rewardKey }) => ({ score: name, rewardKey }))
    : [];
  const { score, reward_key: rewardKey } = effects ?? {};
  if (score === undefined && (rewardKey === undefined || rewardKey === "all"))
    return scored.length > 0 ? scored : [{ score: null, rewardKey: null }];
  const found = scored.find((model) =>
    score === undefined ? model.rewardKey === rewardKey : model.score === score,
  );
  return [{ score: score ?? found?.score ?? null, rewardKey: rewardKey ?? found?.rewardKey ?? null }];
}

/**
 * The data set that a file is of: the only one, or that which the file's name begins with, or the one that its name
 * says.
 */
function datasetOfFile(
  filename: string,
  datasets: readonly NamedDataset[],
  models: readonly string[],
): NamedDataset {
  if (datasets.length === 1) return datasets[0]!;
  const base = filename.split("/").at(-1)!;
  const [longest] = datasets
    .filter(({ name }) => base.startsWith(`${fileName(name)}_`))
    .sort((a, b) => b.name.length - a.name.length);
  if (longest) return longest;
  const name = datasetInName(filename, models);
  const ending = Object.keys(ATTRIBUTES).find((attribute) => name.endsWith(`_${attribute}`));
  return { name, concept: ending ?? null };
}
