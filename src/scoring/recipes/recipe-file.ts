import { basename, dirname, extname, resolve } from "node:path";
import { parseYaml } from "../../domain/config/parse.js";
import { fieldsOf, recipeSchema } from "../../domain/config/recipe.js";
import { type Recipe, recipeOf } from "../../domain/recipe.js";
import { readSmall, type SmallFile } from "../../storage/readers/small-file.js";
import { isFolder } from "../in-process/model-files.js";
import { findRecipe } from "./built-in.js";

/** A template is a few lines. */
const TEMPLATE: SmallFile = {
  what: "a recipe",
  most: 16 << 20,
  advice: "a template is a few lines of YAML, as docs/scoring.md shows",
};

/**
 * The recipe of a name, or in a YAML or JSON file of one's own, which is called as the file is; a folder that it names is relative to
 * it. Throws, with the line, when the file is none.
 */
export async function loadRecipe(nameOrPath: string): Promise<Recipe> {
  if (!isTemplateFile(nameOrPath)) return findRecipe(nameOrPath);
  const text = await readSmall(nameOrPath, TEMPLATE);
  const name = basename(nameOrPath, extname(nameOrPath));
  const fields = fieldsOf(parseYaml(text, nameOrPath, recipeSchema));
  if (!isFolder(fields.model)) return recipeOf({ ...fields, name });
  return recipeOf({
    rewardKey: name,
    ...fields,
    name,
    model: resolve(dirname(nameOrPath), fields.model),
  });
}

function isTemplateFile(nameOrPath: string): boolean {
  return /\.(?:ya?ml|json)$/.test(nameOrPath);
}
