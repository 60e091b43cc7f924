import { createReadStream, type Stats } from "node:fs";
import {
  chmod,
  chown,
  type FileHandle,
  lstat,
  mkdir,
  open,
  realpath,
  rename,
  rm,
  stat,
} from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { inputError, type RateError, workError } from "../../domain/errors.js";
import { removeLeft, temporaryFor } from "./temporary.js";

/** Who may read what is saved: with a group, files belong to it and are read-only (0440). */
export interface Ownership {
  readonly group: { readonly name: string; readonly id: number } | null;
}

/** A piece of a file: text, written as UTF-8, or bytes. */
export type Part = string | Uint8Array;
export type Content = Part | Iterable<Part> | AsyncIterable<Part>;

/** Characters gathered before they are handed to the disk. */
const WRITE_BUFFER = 1 << 20;

/**
 * Writes a file whole or not at all: into a hidden file beside it, to the disk, then by renaming. Of several that write the same file at once the last
 * one's stays; what a killed one left is removed by the next.
 */
export async function writeWhole(given: string, content: Content, ownership: Ownership): Promise<void> {
  const path = await writableTarget(given);
  const temporary = temporaryFor(path);
  try {
    await makeFolder(dirname(path));
    const handle = await open(temporary, "wx", 0o666);
    try {
      await removeLeft(path, (await handle.stat()).mtimeMs);
      const whole = typeof content === "string" || content instanceof Uint8Array;
      await writeAll(handle, whole ? [content] : content);
      await seal(temporary, ownership);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, path);
    await flushFolder(dirname(path));
  } catch (cause) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw isSystemError(cause) ? cannotWrite(path, cause) : cause;
  }
}

/**
 * The file that a path stands for, which may be replaced as a whole: the file itself, the target of a link, or nothing yet.
 * Throws, naming it, when something else is in its place: a device, a pipe or a folder would be replaced by a file.
 */
async function writableTarget(path: string): Promise<string> {
  const refuse = (what: string) =>
    inputError(
      `${path}: is ${what}, and nothing is written there; name a file (rate … > ${path} takes what is printed)`,
    );
  if (/^\/(?:dev|proc|sys)(?:\/|$)/.test(resolve(path))) throw refuse("not a place for files");
  const found = await lstat(path).catch(() => null);
  if (!found) return path;
  if (found.isSymbolicLink()) {
    const target = await realpath(path).catch(() => null);
    if (target === null) throw refuse("a link to nothing");
    return writableTarget(target);
  }
  if (found.isFile()) return path;
  throw refuse(kindOf(found));
}

function kindOf(found: Stats): string {
  if (found.isDirectory()) return "a folder";
  if (found.isFIFO()) return "a named pipe";
  if (found.isSocket()) return "a socket";
  return "a device";
}

/** Gives a finished file its group and makes it read-only; without a group it is left alone, as is one that is not there. */
export async function seal(path: string, { group }: Ownership): Promise<void> {
  if (!group) return;
  const found = await stat(path).catch(() => null);
  if (!found || (found.gid === group.id && (found.mode & 0o777) === 0o440)) return;
  await chown(path, found.uid, group.id).catch((cause) => {
    if (cause.code !== "EPERM") throw cause;
    throw inputError(
      `GROUP_NAME=${group.name}: ${path} cannot be given to this group (${cause.message}); have yourself added to it (and log in again), or leave GROUP_NAME out`,
      cause,
    );
  });
  await chmod(path, 0o440);
}

/** Has the disk remember a new name, where the system can be asked to. */
async function flushFolder(path: string): Promise<void> {
  const handle = await open(path, "r").catch(() => null);
  try {
    await handle?.datasync();
  } catch {
    // Some file systems cannot; what was written is there all the same.
  } finally {
    await handle?.close();
  }
}

async function writeAll(handle: FileHandle, parts: Iterable<Part> | AsyncIterable<Part>): Promise<void> {
  let buffer = "";
  for await (const part of parts) {
    if (typeof part === "string") buffer += part;
    if (typeof part !== "string" || buffer.length >= WRITE_BUFFER) {
      await handle.appendFile(buffer);
      buffer = "";
    }
    if (typeof part !== "string") await handle.appendFile(part);
  }
  await handle.appendFile(buffer);
}

/**
 * Makes a folder and those above it, one at a time: Node.js's own way tells nothing true of a read-only disk, and never ends
 * below `/proc`.
 */
export async function makeFolder(path: string): Promise<void> {
  const make = () =>
    mkdir(path).catch(async (cause) => {
      const isThere = cause.code === "EEXIST" && (await stat(path)).isDirectory();
      if (!isThere) throw cause;
    });
  await make().catch(async (cause) => {
    const parent = dirname(path);
    if (cause.code !== "ENOENT" || parent === path) throw cause;
    await makeFolder(parent);
    await make();
  });
}

const FULL = "make room there";
const FORBIDDEN = "mend the permissions, or work in another folder (--project-dir)";
const REMEDIES: Readonly<Record<string, string>> = {
  ENOSPC: FULL,
  EDQUOT: FULL,
  EACCES: FORBIDDEN,
  EPERM: FORBIDDEN,
  EROFS: FORBIDDEN,
};

/** The error for a file that could not be written, with what to do about it. */
export function cannotWrite(path: string, cause: unknown): RateError {
  const { code = "", message } = cause as NodeJS.ErrnoException;
  const remedy = REMEDIES[code];
  const advice = remedy === undefined ? "" : `; ${remedy}, then give the same command again`;
  return workError(`${path}: cannot be written (${message})${advice}`, cause);
}

function isSystemError(cause: unknown): cause is NodeJS.ErrnoException {
  return cause instanceof Error && "syscall" in cause;
}

/** Remembers how a file looks. The returned function throws when it looks different: what was read of it before and after does not belong together. */
export async function watchFile(path: string): Promise<() => Promise<void>> {
  const look = async () => {
    const found = await stat(path, { bigint: true }).catch(() => null);
    return found && `${found.ino} ${found.size} ${found.mtimeNs}`;
  };
  const before = await look();
  return async () => {
    const now = await look();
    if (now === before) return;
    throw inputError(
      `${path}: was ${now === null ? "removed" : "changed"} while it was being read, and nothing was made of it; let it be as it was to go on, or give the same command again to start with what it is now`,
    );
  };
}

/** The same for several files. */
export async function watchFiles(paths: readonly string[]): Promise<() => Promise<void>> {
  const checks = await Promise.all(paths.map(watchFile));
  return async () => {
    for (const check of checks) await check();
  };
}

/** A file's SHA-256, read piece by piece; what cannot be read has none. */
export async function hashFile(path: string): Promise<string | null> {
  const { createHash } = await import("node:crypto");
  const hash = createHash("sha256");
  try {
    for await (const piece of createReadStream(path)) hash.update(piece);
  } catch {
    return null;
  }
  return hash.digest("hex");
}

/** The group's number, from the system's group database. Throws when there is no such group. */
export async function findOwnership(groupName: string | undefined): Promise<Ownership> {
  if (!groupName) return { group: null };
  const [{ execFile }, { promisify }] = await Promise.all([
    import("node:child_process"),
    import("node:util"),
  ]);
  const answer = await promisify(execFile)("getent", ["group", groupName]).catch(() => null);
  const id = Number(answer?.stdout.split(":")[2]);
  if (!answer || !Number.isInteger(id)) {
    throw inputError(
      `GROUP_NAME=${groupName}: there is no such group on this machine; correct it in .env or leave it out`,
    );
  }
  return { group: { name: groupName, id } };
}
