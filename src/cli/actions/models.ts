import { stringify } from "yaml";
import { inputError } from "../../domain/errors.js";
import { escapeControls } from "../../domain/escape-controls.js";
import { type Recipe, recipeOf } from "../../domain/recipe.js";
import { openModelFiles } from "../../scoring/in-process/model-files.js";
import { describeOutput } from "../../scoring/outputs.js";
import { type BuiltIn, builtInRecipes } from "../../scoring/recipes/built-in.js";
import { comparedOn, kindOf, untested } from "../../scoring/recipes/checked.js";
import { loadRecipe } from "../../scoring/recipes/recipe-file.js";
import { proposeRecipe } from "../../scoring/recipes/try-model.js";
import { openCommandContext } from "../command-context.js";
import type { ModelsFlags } from "../commands/models.js";
import { print, printJson } from "../terminal/print.js";

/** `rate models` */
export async function run(flags: ModelsFlags, [action, name]: readonly string[]): Promise<void> {
  if (action === undefined) return list(flags);
  if (action !== "show" && action !== "try")
    throw inputError(`rate models ${action}: expected show or try, or nothing for the list`);
  if (name === undefined)
    throw inputError(
      `rate models ${action}: needs ${action === "show" ? "a recipe's name" : "ORG/NAME, or a folder"}`,
    );
  return action === "show" ? show(name, flags) : tryModel(name, flags);
}

async function list({ search, json }: ModelsFlags): Promise<void> {
  const words = (search ?? "").toLowerCase().split(/\s+/).filter(Boolean);
  const found = [...builtInRecipes().values()].filter((entry) => {
    const text = textOf(entry);
    return words.every((word) => text.includes(word));
  });
  if (json)
    return printJson({
      untested: untested(),
      models: found.map(({ recipe, family }) => ({
        name: recipe.name,
        family,
        model: recipe.model,
        kind: kindOf(recipe),
        runtimes: recipe.runtimes,
        reward_keys: recipe.heads.map(({ rewardKey }) => rewardKey),
        licence: recipe.licence,
      })),
    });
  if (found.length === 0)
    throw inputError(
      `no reward model has ${JSON.stringify(search)} in its name, model, family or notes; rate models lists all`,
    );
  const width = Math.max(...found.map(({ recipe }) => recipe.name.length));
  const lines: string[] = [];
  let family = "";
  for (const entry of found) {
    if (entry.family !== family) lines.push(...(family ? [""] : []), `${entry.family}: ${entry.about}`);
    family = entry.family;
    const { recipe } = entry;
    lines.push(`  ${recipe.name.padEnd(width)}  ${shortModel(recipe)}  ${recipe.runtimes.join(", ")}`);
  }
  print(
    [
      ...lines,
      "",
      untested(),
      "One of them: rate models show NAME. Another model: rate models try ORG/NAME.",
    ].join("\n"),
  );
}

function textOf({ recipe, family, about }: BuiltIn): string {
  return [recipe.name, recipe.model, family, about, recipe.notes ?? ""].join("\n").toLowerCase();
}

const shortModel = ({ model }: Recipe): string => (model.startsWith("/") ? "in this package" : model);

async function show(name: string, { json }: ModelsFlags): Promise<void> {
  const recipe = await loadRecipe(name);
  const compared = comparedOn(recipe);
  if (json)
    return printJson({
      recipe,
      kind: kindOf(recipe),
      checked: Object.fromEntries(compared.map(([runtime, check]) => [runtime, check])),
      untested: untested(),
    });
  const builtIn = builtInRecipes().get(name);
  const lines: [string, string | undefined][] = [
    ["model", recipe.model],
    ["family", builtIn && `${builtIn.family}: ${builtIn.about}`],
    ["licence", recipe.licence],
    ["reads", readsText(recipe)],
    ["loaded as", loadedText(recipe)],
    ["reward", describeOutput(recipe)],
    ["reward keys", recipe.heads.map(({ rewardKey }) => rewardKey).join(", ")],
    ["notes", recipe.notes],
  ];
  const told = lines.flatMap(([label, text]) => (text ? [`${label.padEnd(12)}${escapeControls(text)}`] : []));
  const checked = compared.map(([runtime, check]) => {
    const found =
      check === null || check.largest === undefined
        ? `not compared${check?.note ? ` (${check.note})` : ""}`
        : `${check.models}: at most ${check.largest.toExponential(1)} from their own call`;
    return `  ${runtime.padEnd(14)}${found}`;
  });
  print(
    [
      ...told,
      `checked, for models of this kind (${kindOf(recipe)}), small and with random weights:`,
      ...checked,
      untested(),
    ].join("\n"),
  );
}

function readsText({ input, maxTokens, append, system, chatTemplate, output }: Recipe): string {
  const extras = [
    ...(chatTemplate === undefined ? [] : ["a template of the recipe's own"]),
    ...(system === undefined ? [] : [`the system message ${JSON.stringify(system)}`]),
    ...(append === undefined ? [] : [`the token ${append} at the end`]),
    ...(output.steps ? [`the token ${output.steps.tag} after each step`] : []),
  ];
  return [`${input}, up to ${maxTokens} tokens`, ...extras].join("; ");
}

function loadedText({
  modelClass,
  headLayers,
  trustRemoteCode,
  attention,
  dtype,
  referenceModel,
  beta,
}: Recipe): string {
  const parts = [
    modelClass,
    dtype,
    ...(headLayers ? [`a head of ${headLayers.layers.join(", ")} (${headLayers.activation})`] : []),
    ...(trustRemoteCode ? ["code of its own (trust_remote_code)"] : []),
    ...(attention ? [`attention ${attention}`] : []),
    ...(referenceModel ? [`against ${referenceModel}, beta ${beta}`] : []),
  ];
  return parts.join(", ");
}

async function tryModel(name: string, flags: ModelsFlags): Promise<void> {
  const { environment } = await openCommandContext(flags.projectDir);
  const say = (line: string) => void process.stderr.write(`${escapeControls(line)}\n`);
  const folder = /^[./~]/.test(name) || name.split("/").length !== 2;
  const model = folder && !/^[./~]/.test(name) ? `./${name}` : name;
  const files = await openModelFiles(recipeOf({ name, model, input: "chat" }), { environment, fetch, say });
  const { recipe, missing, notes } = await proposeRecipe(model, files);
  if (flags.json) return printJson({ recipe, missing, notes, complete: missing.length === 0 });
  const comments = [
    ...missing.map((line) => `# MISSING: ${line}`),
    ...notes.map((line) => `# ${line}`),
    "# Nothing was loaded or run. Look at the model's card, then: rate score --check --model THIS.yaml",
  ];
  print([...stringify(recipe).trimEnd().split("\n"), ...comments].map(escapeControls).join("\n"));
}
