import { readFile } from "node:fs/promises";
import { inputError } from "../domain/errors.js";
import type { ProbeReport } from "../domain/probe.js";
import type { Recipe, Runtime } from "../domain/recipe.js";
import type { RewardModel } from "../domain/reward-model.js";
import type { RuntimeName, Serving } from "../domain/serving.js";
import { loadRecipe } from "./recipes/recipe-file.js";
import { readWeightNames, weightFault } from "./recipes/weights.js";
import { isServed, type ScorerWorld } from "./served.js";

/** Opens the reward model that a recipe's name, or the path of one's own, stands for. */
export async function openRewardModel(name: string, world: ScorerWorld): Promise<RewardModel> {
  return openRecipe(await loadRecipe(name), world);
}

/** What is wrong with loading the weights of a recipe's model as it says, by their names alone; null where nothing is, or they are not at hand. */
export async function weightFaultOf(recipe: Recipe, world: ScorerWorld): Promise<string | null> {
  const { openModelFiles } = await import("./in-process/model-files.js");
  const files = await openModelFiles(recipe, world);
  const weights = await readWeightNames(files);
  if (weights === null) return null;
  const config = await files.find("config.json");
  return weightFault(recipe, weights, config === null ? {} : JSON.parse(await readFile(config, "utf8")));
}

/** Opens the reward model of a recipe in the runtime that is wanted. */
export async function openRecipe(
  recipe: Recipe,
  world: ScorerWorld,
  serving: Serving = {},
): Promise<RewardModel> {
  const runtime = runtimeOf(recipe, serving);
  if (runtime === "onnx") return (await import("./in-process/onnx.js")).openOnnxModel(recipe, world);
  if (isServed(runtime))
    return (await import("./served.js")).openServedModel(recipe, runtime, serving, world);
  return (await import("./managed.js")).openManagedModel(recipe, serving, world);
}

/** What a probe of a reward model's servers finds; null where it runs without one. Nothing is scored. */
export async function probeRecipe(
  recipe: Recipe,
  world: ScorerWorld,
  serving: Serving = {},
): Promise<ProbeReport[] | null> {
  const runtime = runtimeOf(recipe, serving);
  if (!isServed(runtime)) return null;
  return (await import("./served.js")).probeServedModel(recipe, runtime, serving, world);
}

/** Which runtime a recipe's model is opened in. Throws when that cannot be. */
export function runtimeOf(recipe: Recipe, { runtime, endpoints = [] }: Serving): RuntimeName {
  const { name, runtimes } = recipe;
  const wanted = runtime ?? runtimes.find((known) => isServed(known) === endpoints.length > 0);
  if (wanted === undefined) {
    throw inputError(
      endpoints.length > 0
        ? `${name}: runs in ${runtimes.join(", ")}, not behind an endpoint; say which server it is with --runtime`
        : `${name}: runs in ${runtimes.join(", ")}: say where with --endpoint http://localhost:8000 (scoring.endpoints)`,
    );
  }
  const kind = kindOf(wanted);
  if (kind === "judge" || !runtimes.includes(kind)) {
    throw inputError(
      `${name}: does not run in ${wanted} (its recipe says ${runtimes.join(", ")}); choose one of these, or give a recipe of your own with runtimes: [${kindOf(wanted)}]`,
    );
  }
  if (!isServed(wanted) && endpoints.length > 0) {
    throw inputError(
      wanted === "onnx"
        ? `${name}: runtime onnx runs in this process and has no endpoint; leave out one of the two`
        : `${name}: runtime ${wanted} starts a server of its own; for one that is running say --runtime reward-server`,
    );
  }
  return wanted;
}

/** The name that templates have for a runtime. */
function kindOf(runtime: RuntimeName): Runtime | "judge" {
  if (runtime === "vllm-pooling") return "vllm";
  return runtime === "reward-server" ? "transformers" : runtime;
}
