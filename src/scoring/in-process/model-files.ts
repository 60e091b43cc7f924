import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { type HubSetting, openHub } from "../../datasets/sources/hub.js";
import { inputError } from "../../domain/errors.js";
import type { Recipe } from "../../domain/recipe.js";

/** The files of a model, in a folder or on the Hub at one commit. */
export interface ModelFiles {
  /** For messages. */
  readonly name: string;
  /** The commit; null for a folder. */
  readonly commit: string | null;
  /** The local path of a file, fetched if need be; null when there is none. */
  find(path: string): Promise<string | null>;
  /** The same; throws when there is none. */
  need(path: string): Promise<string>;
  /** Names of the files in a folder of the model, `""` for its root. */
  list(folder: string): Promise<string[]>;
}

/** Whether a recipe's model is a folder of this machine and not a repository of the Hub. */
export function isFolder(model: string): boolean {
  return /^(?:\.{0,2}[\\/]|[A-Za-z]:[\\/])/.test(model);
}

/** Opens the files of a recipe's model. Throws when there is no such folder or repository. */
export async function openModelFiles(
  { model, revision }: Pick<Recipe, "model" | "revision">,
  world: HubSetting,
): Promise<ModelFiles> {
  const files = isFolder(model) ? await inFolder(model) : await onHub(model, revision, world);
  return {
    ...files,
    async need(path) {
      const found = await files.find(path);
      if (found !== null) return found;
      throw inputError(
        `${files.name}: has no file ${path}${isFolder(model) ? "" : "; if it should have, its authors may have moved it: give the recipe a revision"}`,
      );
    },
  };
}

async function inFolder(folder: string): Promise<Omit<ModelFiles, "need">> {
  const found = await stat(folder).catch(() => null);
  if (!found?.isDirectory()) throw inputError(`${folder}: there is no such folder with a model`);
  return {
    name: folder,
    commit: null,
    async find(path) {
      const file = join(folder, path);
      return (await stat(file).catch(() => null))?.isFile() ? file : null;
    },
    list: (inner) => readdir(join(folder, inner)).catch(() => []),
  };
}

async function onHub(name: string, revision: string, world: HubSetting): Promise<Omit<ModelFiles, "need">> {
  const hub = openHub(world);
  const repo = await hub.pin({ type: "model", name, revision });
  return {
    name,
    commit: repo.commit,
    find: (path) => hub.file(repo, path),
    async list(folder) {
      const paths = await hub.list(repo, folder);
      return paths.map((path) => (folder === "" ? path : path.slice(folder.length + 1)));
    },
  };
}
