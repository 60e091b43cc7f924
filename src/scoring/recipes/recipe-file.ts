import { basename, dirname, extname, resolve } from "node:path";
import { parseYaml } from "../../domain/config/parse.js";
import { fieldsOf, type RecipeYaml, recipeSchema } from "../../domain/config/recipe.js";
import { type Recipe, type RecipeFields, recipeOf } from "../../domain/recipe.js";
import { readSmall, type SmallFile } from "../../storage/readers/small-file.js";
import { isFolder } from "../in-process/model-files.js";
import { findRecipe } from "./built-in.js";

/** Recipes that stand in a configuration, by name. */
export type InlineRecipes = Readonly<Record<string, RecipeYaml>>;

/** A recipe is a few lines. */
const RECIPE: SmallFile = {
  what: "a recipe",
  most: 16 << 20,
  advice: "a recipe is a few lines of YAML, as docs/scoring.md shows",
};

/**
 * The recipe of a name, of the configuration (`inline`) or built in, or in a YAML or JSON file of one's own, which is called as the file is; a folder that it names is relative to
 * it. Throws, with the line, when the file is none.
 */
export async function loadRecipe(nameOrPath: string, inline: InlineRecipes = {}): Promise<Recipe> {
  const own = Object.hasOwn(inline, nameOrPath) ? inline[nameOrPath] : undefined;
  if (own) return ownRecipe(nameOrPath, fieldsOf(own), process.cwd());
  if (!isRecipeFile(nameOrPath)) return findRecipe(nameOrPath);
  const text = await readSmall(nameOrPath, RECIPE);
  const name = basename(nameOrPath, extname(nameOrPath));
  return ownRecipe(name, fieldsOf(parseYaml(text, nameOrPath, recipeSchema)), dirname(nameOrPath));
}

/** A folder that a recipe names is relative to where the recipe is. */
function ownRecipe(name: string, fields: Omit<RecipeFields, "name">, folder: string): Recipe {
  const place = (model: string) => (isFolder(model) ? resolve(folder, model) : model);
  const { model, referenceModel } = fields;
  return recipeOf({
    ...(isFolder(model) && { rewardKey: name }),
    ...fields,
    name,
    model: place(model),
    ...(referenceModel !== undefined && { referenceModel: place(referenceModel) }),
  });
}

function isRecipeFile(nameOrPath: string): boolean {
  return /\.(?:ya?ml|json)$/.test(nameOrPath);
}
