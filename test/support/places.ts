import { execFileSync } from "node:child_process";
import { mkdirSync, statSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { pathToFileURL } from "node:url";
import { contents, filesIn } from "./contents.js";
import { emptyFolder, REPOSITORY } from "./folders.js";
import { rate } from "./program.js";
import type { Prepared, Scene } from "./scenes.js";

const DIE_AT = pathToFileURL(join(REPOSITORY, "dist", "test", "support", "die-at.js")).href;
/** Files get a group and become read-only, as on a cluster. */
const GROUP = execFileSync("id", ["-gn"], { encoding: "utf8" }).trim();

/** A project of a scene. */
export interface Place extends Prepared {
  readonly folder: string;
  readonly scratch: string;
}

/** A new project of a scene. */
export async function placeOf(
  t: TestContext,
  scene: Scene,
  examples: number,
  folder = emptyFolder(t),
): Promise<Place> {
  const scratch = emptyFolder(t);
  mkdirSync(join(folder, "home"));
  return Object.assign(await scene(t, folder, examples), { folder, scratch });
}

/** Gives the scene's command, with the place's own home and scratch folders. */
export function callOf({ args, folder, scratch }: Place, how: Parameters<typeof rate>[1] = {}) {
  const env = {
    HOME: join(folder, "home"),
    TMPDIR: scratch,
    GROUP_NAME: GROUP,
    NODE_OPTIONS: `--import ${DIE_AT}`,
    OPENAI_API_KEY: "sk-secret-123",
  };
  return rate(args, { cwd: folder, ...how, env: { ...env, ...how.env } });
}

/**
 * Every file with its permissions and its content. Logs hold times, and the files of batches who asked for what when: of these the names alone count; of
 * journals their lines, in any order.
 */
export function filesOf({ folder, url }: Place): Record<string, string> {
  const stampOf = (name: string) => name.replaceAll(/\d{8}_\d{6}/g, "TS");
  const modes = Object.fromEntries(
    filesIn(folder).map((name) => [stampOf(name), (statSync(join(folder, name)).mode & 0o777).toString(8)]),
  );
  return Object.fromEntries(
    Object.entries(contents(folder))
      .filter(([name]) => !/_batches\/|^home\/\.local\/state\//.test(name))
      .map(([name, text]) => {
        const own = (url === undefined ? text : text.replaceAll(url, "SERVER")).replace(
          /"(fingerprint|signature)": "\w+"/g,
          '"$1": ""',
        );
        const compared = name.startsWith("logs/")
          ? ""
          : /\.jsonl$/.test(name)
            ? own.split("\n").sort().join("\n")
            : own;
        return [name, `${modes[stampOf(name)]} ${compared}`];
      }),
  );
}

/** Files that are missing, too many, or different, with the first line that is. */
export function differences(actual: Record<string, string>, expected: Record<string, string>): string[] {
  const names = [...new Set([...Object.keys(actual), ...Object.keys(expected)])];
  return names.flatMap((name) => {
    const [is, was] = [actual[name], expected[name]];
    if (is === was) return [];
    if (is === undefined || was === undefined)
      return [`${name} ${is === undefined ? "is missing" : "is left"}`];
    const lines = was.split("\n");
    const [at, line] = [...is.split("\n").entries()].find(([index, own]) => own !== lines[index]) ?? [0, ""];
    return [`${name}:${at + 1}: ${line.slice(0, 200)} instead of ${lines[at]?.slice(0, 200)}`];
  });
}
