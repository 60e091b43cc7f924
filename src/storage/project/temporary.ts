import { readdir, rm, stat } from "node:fs/promises";
import { hostname } from "node:os";
import { basename, dirname, join } from "node:path";
import { hashOf } from "../../domain/hash.js";
import { isRunning, ownStart } from "./process.js";

/** The longest that a name may be, in bytes, to stand in that of its temporary file; the rest of what file systems take is for the mark. */
const LONGEST_NAME = 160;
/** A temporary file of another machine, whose processes cannot be looked at, that has not been written to for so long has lost its writer. */
const ABANDONED_MS = 24 * 3600 * 1000;

let made = 0;

/** The hidden file beside a file into which it is written first: another one for each process and writer, and marked with whose it is. */
export function temporaryFor(path: string): string {
  made += 1;
  return join(dirname(path), `${prefixOf(path)}${hostMark()}-${process.pid}-${ownStart() ?? ""}-${made}.tmp`);
}

/** Removes what killed processes have left of writing a file; `now` is the time by the clock of the disk. */
export async function removeLeft(path: string, now: number): Promise<void> {
  const folder = dirname(path);
  const prefix = prefixOf(path);
  for (const name of await readdir(folder).catch(() => [])) {
    const mark = name.startsWith(prefix) && /^(\w+)-(\d+)-(\d*)-\d+\.tmp$/.exec(name.slice(prefix.length));
    if (!mark) continue;
    const [, host, pid, start] = mark;
    const left =
      host === hostMark()
        ? !isRunning(Number(pid), start || null)
        : await stat(join(folder, name)).then(
            ({ mtimeMs }) => now - mtimeMs > ABANDONED_MS,
            () => false,
          );
    if (left) await rm(join(folder, name), { force: true });
  }
}

function prefixOf(path: string): string {
  const name = basename(path);
  return `.${Buffer.byteLength(name) > LONGEST_NAME ? hex(name) : name}.`;
}

function hostMark(): string {
  return hex(hostname());
}

function hex(text: string): string {
  return hashOf(text).toString(16).padStart(8, "0");
}
