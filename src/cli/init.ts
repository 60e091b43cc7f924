import { copyFile, readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { inputError } from "../domain/errors.js";
import { HOME } from "../storage/package/folders.js";
import { cannotWrite, makeFolder } from "../storage/project/files.js";

const TEMPLATES = join(HOME, "assets", "init");

/** Names of the files that `init` makes, and what they are copied from. */
const FILES = {
  "config.yaml": "config.yaml",
  ".env.example": "env.example",
  "my_dataset.ts": "my_dataset.ts",
};

/** Copies the starting files into a folder. Throws, without copying anything, when one of them exists with other content. */
export async function initialize(folder: string): Promise<string[]> {
  const copies = Object.entries(FILES).map(([name, source]) => ({
    from: join(TEMPLATES, source),
    to: join(resolve(folder), name),
  }));
  for (const { from, to } of copies) {
    const existing = await readFile(to, "utf8").catch(() => null);
    if (existing !== null && existing !== (await readFile(from, "utf8"))) {
      throw inputError(
        `${to}: exists already with other content; nothing was written. Move it away, or name another folder`,
      );
    }
  }
  await makeFolder(folder).catch((cause) => {
    throw cannotWrite(folder, cause);
  });
  for (const { from, to } of copies) await copyFile(from, to);
  return copies.map(({ to }) => to);
}
