import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";

/**
 * Every file's content below a folder, by its path, with what differs from run to run taken out: the run's timestamp, the folder's name, the seconds that
 * stages took, and the mark of the user's own call, which the folder is part of.
 */
export function contents(folder: string): Record<string, string> {
  const runs = join(folder, "runs");
  const stamp = existsSync(runs)
    ? readdirSync(runs)
        .find((name) => /^\d/.test(name))
        ?.slice(0, 15)
    : undefined;
  const clean = (text: string) => (stamp === undefined ? text : text.replaceAll(stamp, "TS"));
  return Object.fromEntries(
    filesIn(folder).map((name) => [
      clean(name),
      clean(readFileSync(join(folder, name), "utf8"))
        .replaceAll(folder, "FOLDER")
        .replace(/"seconds": [\d.e-]+/g, '"seconds": 0')
        .replace(/"signature": "[0-9a-f]+"/g, '"signature": "OF THE CALL"'),
    ]),
  );
}

/** Paths of all files below a folder, in order. */
export function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => statSync(join(folder, name)).isFile())
    .sort();
}
