import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { inputError, workError } from "../../domain/errors.js";

export interface FindSettings {
  readonly say: (line: string) => void;
  readonly signal?: AbortSignal | undefined;
  /** How long a folder may stay empty, in seconds: servers that load a large model take their time. */
  readonly waitSeconds?: number;
}

const WAIT_SECONDS = 1_800;
const LOOK_MS = 1_000;

/**
 * The addresses of servers. An entry `@FOLDER` stands for those that the files in a folder tell, one a line, as servers that are jobs write them
 * once they answer; while there is none, they are waited for. Hidden files and lines that begin with `#` are passed over.
 * @throws a work error when a folder stays empty, an input error when a file holds something else than addresses
 */
export async function findEndpoints(
  entries: readonly string[],
  { say, signal, waitSeconds = WAIT_SECONDS }: FindSettings,
): Promise<string[]> {
  const found: string[] = [];
  for (const entry of entries) {
    if (!entry.startsWith("@")) {
      found.push(entry);
      continue;
    }
    const folder = entry.slice(1);
    let addresses = await addressesIn(folder);
    if (addresses.length === 0) say(`waits for servers to tell their addresses in ${folder}`);
    for (const started = performance.now(); addresses.length === 0; addresses = await addressesIn(folder)) {
      if (performance.now() - started > waitSeconds * 1000) {
        throw workError(
          `${folder}: no server has told its address within ${waitSeconds} s; do the jobs that serve run? (rate status, squeue)`,
        );
      }
      await sleep(LOOK_MS, undefined, { signal });
    }
    found.push(...addresses);
  }
  return [...new Set(found)];
}

async function addressesIn(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === "ENOENT") return [] as string[];
    throw inputError(`${folder}: cannot be read as a folder of servers' addresses (${cause.message})`, cause);
  });
  const found: string[] = [];
  for (const name of names.filter((entry) => !entry.startsWith(".")).sort()) {
    const path = join(folder, name);
    // A server that has just ended has taken its file away.
    const text = await readFile(path, "utf8").catch(() => "");
    for (const [index, line] of text.split("\n").entries()) {
      const address = line.trim();
      if (address === "" || address.startsWith("#")) continue;
      if (!/^https?:\/\/\S+$/.test(address)) {
        throw inputError(
          `${path}:${index + 1}: expected the address of a server, such as http://node7:8000, found ${JSON.stringify(address.slice(0, 60))}`,
        );
      }
      found.push(address);
    }
  }
  return found;
}
