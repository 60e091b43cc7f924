import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { parseYaml } from "../../domain/config/parse.js";
import { fieldsOf, recipeFields, recipeSchema } from "../../domain/config/recipe.js";
import { inputError } from "../../domain/errors.js";
import { type Recipe, recipeOf } from "../../domain/recipe.js";
import { closest } from "../../domain/suggest.js";
import { HOME } from "../../storage/package/folders.js";

/** The recipes of this package: data, a file for each family of models. */
const FOLDER = join(HOME, "src", "scoring", "recipes", "models");

const text = z.string().min(1);
const familySchema = z.strictObject({
  family: text,
  about: text,
  /** What all models of the family have, unless they say otherwise. */
  common: recipeFields.partial().optional(),
  models: z.record(text, recipeFields.partial()),
});

/** A built-in recipe, with what is said of its family. */
export interface BuiltIn {
  readonly recipe: Recipe;
  readonly family: string;
  readonly about: string;
}

let known: ReadonlyMap<string, BuiltIn> | null = null;

/** All built-in recipes, by name, the families in the order of their files. */
export function builtInRecipes(): ReadonlyMap<string, BuiltIn> {
  known ??= readAll();
  return known;
}

function readAll(): Map<string, BuiltIn> {
  const found = new Map<string, BuiltIn>();
  for (const file of readdirSync(FOLDER).sort()) {
    const path = join(FOLDER, file);
    const { family, about, common, models } = parseYaml(readFileSync(path, "utf8"), path, familySchema);
    for (const [name, own] of Object.entries(models)) {
      const said = recipeSchema.parse({ ...common, ...own });
      const recipe = recipeOf({ ...fieldsOf({ ...said, model: modelOf(said.model) }), name });
      found.set(name, { recipe, family, about });
    }
  }
  return found;
}

/** A model's name, or the folder of one in this package. */
function modelOf(model: string): string {
  const inPackage = /^package:(.+)$/.exec(model)?.[1];
  return inPackage === undefined ? model : join(HOME, inPackage);
}

/** The built-in recipe of that name. Throws with the known names when there is none. */
export function findRecipe(name: string): Recipe {
  const found = builtInRecipes().get(name);
  if (found) return found.recipe;
  const names = [...builtInRecipes().keys()];
  const near = closest(name, names);
  throw inputError(
    `there is no reward model ${JSON.stringify(name)}${near ? `; did you mean ${near}?` : ""} (rate models lists the ${names.length} that are known; your own: the path of its .yaml file)`,
  );
}
