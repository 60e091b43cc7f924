import type { ScoringConfig } from "../domain/config/schema.js";
import { inputError } from "../domain/errors.js";
import type { Recipe } from "../domain/recipe.js";
import type { Serving } from "../domain/serving.js";
import { list } from "../estimation/stage/choices.js";
import { chatChoice, decisiveChoice } from "../language-models/settings.js";
import { openRecipe, runtimeOf } from "../scoring/index.js";
import { loadRecipe } from "../scoring/recipes/recipe-file.js";
import type { ScorerWorld } from "../scoring/served.js";
import { judgeForecast, judgeKey, judgeRules, openJudge } from "../scoring/stage/judge-model.js";
import type { Context } from "../storage/project/context.js";
import { openLog } from "../storage/project/log.js";
import { passOf, type RecipePlace, SharedModel } from "./shared-models.js";
import { type ModelJob, rewardsOf } from "./study.js";

/**
 * Reward models by their recipes' names, or the paths of recipes of one's own, and where each runs. Throws when two would share the names of their
 * files, or a model cannot run there.
 */
export async function modelsOf(
  names: string | string[],
  scoring: Partial<Omit<ScoringConfig, "model">> = {},
): Promise<ModelJob[]> {
  const jobs = withSharedPasses(await Promise.all(list(names).map((name) => modelOf(name, scoring))));
  for (const [index, job] of jobs.entries()) {
    const { name, endpoints, shares } = job;
    const before = jobs.slice(0, index);
    if (before.some((other) => other.name === name))
      throw inputError(`there are two recipes called ${name}; rename the file of one of them`);
    const twice = before.find((other) => keysOf(job).some((key) => keysOf(other).includes(key)));
    if (twice)
      throw inputError(
        `${twice.name} and ${name} have the same reward key (${keysOf(job).join(", ")}); give one of the recipes another reward_key`,
      );
    const sharing = before.find(
      (other) =>
        (shares === undefined || other.shares !== shares) &&
        other.endpoints.some((url) => endpoints.includes(url)),
    );
    if (sharing)
      throw inputError(
        `${sharing.name} and ${name} are to be scored at the same endpoint, and are not one model read in two ways (their recipes differ in more than the output): say where each is in scoring.serving`,
      );
  }
  const unknown = Object.keys(scoring.serving ?? {}).find((name) => !jobs.some((job) => job.name === name));
  if (unknown !== undefined)
    throw inputError(
      `scoring.serving: ${unknown} is none of the models that are scored (${jobs.map(({ name }) => name).join(", ")})`,
    );
  return jobs;
}

/** A model's job, with what tells which other one it may share its passes with. */
interface PlacedJob extends ModelJob {
  readonly endpoints: readonly string[];
  /** Absent for a language model that judges. */
  readonly place?: RecipePlace;
}

const keysOf = (job: ModelJob): string[] => rewardsOf(job).map(({ rewardKey }) => rewardKey);

/** Recipes that read different outputs of one model share it. */
function withSharedPasses(jobs: readonly PlacedJob[]): PlacedJob[] {
  const groups = new Map<string, RecipePlace[]>();
  for (const { place } of jobs) {
    const pass = place && passOf(place);
    if (place && pass) groups.set(pass, [...(groups.get(pass) ?? []), place]);
  }
  const shared = new Map<string, SharedModel>();
  return jobs.map((job) => {
    const { place } = job;
    const pass = place && passOf(place);
    const group = pass ? groups.get(pass)! : [];
    if (!place || !pass || group.length < 2) return job;
    const { serving } = place;
    const open = (context: Context) => {
      let model = shared.get(pass);
      if (!model) {
        const openAll = (recipe: Recipe) => openRecipe(recipe, worldOf(context), serving);
        model = new SharedModel(
          group.map(({ recipe }) => recipe),
          openAll,
        );
        shared.set(pass, model);
      }
      return model.view(place.recipe);
    };
    return { ...job, open, shares: pass };
  });
}

/** One reward model: a recipe, or a language model that judges. */
async function modelOf(
  nameOrPath: string,
  scoring: Partial<Omit<ScoringConfig, "model">>,
): Promise<PlacedJob> {
  const said = { ...scoring, ...scoring.serving?.[nameOrPath] };
  if (said.runtime === "judge") {
    const judge = said.judge ?? {};
    const model = judge.model ?? nameOrPath;
    return {
      name: nameOrPath,
      rewardKey: judgeKey(model, judge),
      description: JSON.stringify(["judge", model, decisiveChoice(chatChoice(judge)), judgeRules(judge)]),
      open: (context: Context) => openJudge(nameOrPath, judge, context),
      forecast: (context) => judgeForecast(nameOrPath, judge, context),
      endpoints: [],
    };
  }
  if (scoring.judge && !scoring.serving) throw inputError("scoring: judge goes with runtime: judge");
  const recipe = await loadRecipe(nameOrPath, scoring.recipes);
  const { name, heads } = recipe;
  const serving = servingOf(scoring, name);
  return {
    name,
    rewardKey: heads[0]!.rewardKey,
    heads,
    description: JSON.stringify([recipe, runtimeOf(recipe, serving)]),
    open: (context: Context) => openRecipe(recipe, worldOf(context), serving),
    endpoints: serving.endpoints ?? [],
    place: { recipe, serving },
  };
}

/** Where a model runs: what is said of it alone, over what is said of all. */
export function servingOf(scoring: Partial<ScoringConfig>, model: string): Serving {
  const said = { ...scoring, ...scoring.serving?.[model] };
  const {
    runtime,
    endpoints,
    concurrency,
    timeout,
    patience,
    allow_probe: allowProbe,
    python,
    served_model: servedModel,
  } = said;
  return { runtime, endpoints, concurrency, timeout, patience, allowProbe, python, servedModel };
}

/** What scorers see of a run. */
function worldOf(context: Context): ScorerWorld {
  const { project, stamp } = context;
  return {
    ...context,
    openLog(name) {
      const path = project.log(stamp, name);
      return { path: project.show(path), write: openLog(path) };
    },
  };
}
