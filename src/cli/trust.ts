import { realpath, stat } from "node:fs/promises";
import { resolve } from "node:path";
import { isTemplateFile } from "../datasets/templates/template-file.js";
import type { Config } from "../domain/config/schema.js";
import { inputError } from "../domain/errors.js";
import { list } from "../estimation/stage/choices.js";
import { isInside } from "../storage/project/within.js";

/**
 * A dataset template is a program, which runs as this user and sees this user's keys. One that a configuration names is
 * run when it lies in the folder that the user works in and belongs to the user (or to the system); `--trust` says that
 * others may be run too. Throws on one that may not. `from` is the file that names it.
 */
export async function requireTrusted(config: Config, from: string, trusted: boolean): Promise<void> {
  if (trusted) return;
  const named = [config.rewrites, config.scoring, config.effects].flatMap((block) =>
    list(block?.dataset_name),
  );
  for (const name of named.filter(isTemplateFile)) {
    const why = await reasonAgainst(name);
    if (why !== null)
      throw inputError(
        `${from}: dataset_name: ${name} is a program, and ${why}; read it, and give --trust to run it, or work in its folder`,
      );
  }
}

async function reasonAgainst(name: string): Promise<string | null> {
  const [path, folder] = await Promise.all([
    realpath(resolve(name)).catch(() => null),
    realpath(process.cwd()),
  ]);
  // What is not there is said where it is loaded.
  if (path === null) return null;
  if (!isInside(folder, path)) return `it lies outside the folder that you work in (${path})`;
  const own = process.getuid?.();
  const { uid } = await stat(path);
  return own === undefined || uid === own || uid === 0 ? null : `it belongs to another user (number ${uid})`;
}
