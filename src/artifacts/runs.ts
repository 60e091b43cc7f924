import { createHash } from "node:crypto";
import { mkdir, open, readdir, readFile, rm } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { inputError, workError } from "../domain/errors.js";
import { exists, type Project, type RunStamp, timestampAt } from "./project.js";

/** What is known of a run, kept in `runs/<timestamp>.json`: enough to find it again after a crash. */
export interface RunRecord {
  readonly timestamp: string;
  readonly smokeTest: boolean;
  readonly command: string;
  readonly version: string;
  /** Hash of everything that decides the run's result; an unfinished run with the same one is continued. */
  readonly fingerprint: string;
  /** The command line and the folder it was given in, to go on with the run by. */
  readonly arguments: readonly string[];
  readonly directory: string;
  readonly status: "unfinished" | "finished";
  /** What was asked of language models, by data set: requests, tokens and dollars. */
  readonly usage?: Readonly<Record<string, Readonly<Record<string, number | null>>>>;
  /** Files made, relative to the project directory. */
  readonly outputs: readonly string[];
}

/** A run in progress. Ended by `finish`; a run that ends otherwise is continued by the same call. */
export interface Run {
  readonly stamp: RunStamp;
  /** Whether, and in what state, an earlier run is taken up. */
  readonly continued: false | RunRecord["status"];
  finish(outputs: readonly string[], usage?: RunRecord["usage"]): Promise<void>;
  /** Lets go of the run without ending it. */
  release(): Promise<void>;
}

/** The hash that two runs share when they would make the same files. */
export function fingerprintOf(parts: unknown): string {
  return createHash("sha256").update(JSON.stringify(parts)).digest("hex");
}

/**
 * Starts a run, or continues the newest unfinished one with the same fingerprint (with `reuseFinished`, also a finished
 * one, whose files are then all there). Throws when another process is at work on it.
 */
export async function startRun(
  project: Project,
  { command, version, arguments: call, parts, smokeTest, reuseFinished, now }: StartOptions,
): Promise<Run> {
  const fingerprint = fingerprintOf([command, version, smokeTest, parts]);
  const earlier = await findRun(project, fingerprint, reuseFinished);
  const stamp: RunStamp = earlier ?? { timestamp: await freeTimestamp(project, now), smokeTest };
  const lock = `${project.run(stamp)}.lock`;
  await mkdir(project.path("runs"), { recursive: true });
  await takeLock(lock);
  const record: RunRecord = earlier ?? {
    ...stamp,
    command,
    version,
    fingerprint,
    arguments: call,
    directory: process.cwd(),
    status: "unfinished",
    outputs: [],
  };
  if (!earlier) await project.writeJson(project.run(stamp), record);
  const release = () => rm(lock, { force: true });
  return {
    stamp: { timestamp: stamp.timestamp, smokeTest },
    continued: earlier?.status ?? false,
    release,
    async finish(outputs, usage = {}) {
      const made = outputs.map((path) => project.show(path)).sort();
      await project.writeJson(project.run(stamp), {
        ...record,
        status: "finished",
        ...(Object.keys(usage).length > 0 && { usage }),
        outputs: made,
      });
      await release();
    },
  };
}

export interface StartOptions {
  readonly command: string;
  readonly version: string;
  readonly arguments: readonly string[];
  /** Whatever decides the result: configuration, templates, input files. */
  readonly parts: unknown;
  readonly smokeTest: boolean;
  readonly reuseFinished: boolean;
  readonly now: () => Date;
}

/** The runs that have not ended, the oldest first. */
export async function unfinishedRuns(project: Project): Promise<RunRecord[]> {
  return (await allRuns(project)).filter(({ status }) => status === "unfinished");
}

async function allRuns(project: Project): Promise<RunRecord[]> {
  const folder = project.path("runs");
  const names = (await readdir(folder).catch(() => [] as string[])).filter((name) =>
    /^\d.*\.json$/.test(name),
  );
  return Promise.all(names.sort().map((name) => readRecord(join(folder, name))));
}

async function findRun(
  project: Project,
  fingerprint: string,
  orFinished: boolean,
): Promise<RunRecord | undefined> {
  const runs = await allRuns(project);
  return runs.findLast(
    (record) => record.fingerprint === fingerprint && (orFinished || record.status === "unfinished"),
  );
}

async function readRecord(path: string): Promise<RunRecord> {
  try {
    return JSON.parse(await readFile(path, "utf8")) as RunRecord;
  } catch (cause) {
    throw inputError(`${path}: is not a run record (${(cause as Error).message}); move it away`, cause);
  }
}

/** The present second, or the next one that no other run has. */
async function freeTimestamp(project: Project, now: () => Date): Promise<string> {
  for (let second = now().getTime(); ; second += 1000) {
    const timestamp = timestampAt(new Date(second));
    const taken = await Promise.all(
      [false, true].map((smoke) => exists(project.run({ timestamp, smokeTest: smoke }))),
    );
    if (!taken.some(Boolean)) return timestamp;
  }
}

/** One process at a time works on a run. The lock of a process that is gone is taken over. */
async function takeLock(path: string): Promise<void> {
  for (let attempt = 0; attempt < 3; attempt += 1) {
    const handle = await open(path, "wx").catch((cause: NodeJS.ErrnoException) => {
      if (cause.code === "EEXIST") return null;
      throw workError(`${path}: cannot be written (${cause.message})`, cause);
    });
    if (handle) {
      await handle.writeFile(JSON.stringify({ host: hostname(), pid: process.pid }));
      await handle.close();
      return;
    }
    const holder = await readHolder(path);
    if (holder && (holder.host !== hostname() || isAlive(holder.pid))) {
      throw inputError(
        `another process works on this run (process ${holder.pid} on ${holder.host}); wait for it, or delete ${path} if it is gone`,
      );
    }
    await rm(path, { force: true });
  }
  throw workError(`${path}: cannot be taken; another process keeps taking it`);
}

async function readHolder(path: string): Promise<{ host: string; pid: number } | null> {
  try {
    return JSON.parse(await readFile(path, "utf8"));
  } catch {
    return null;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (cause) {
    return (cause as NodeJS.ErrnoException).code === "EPERM";
  }
}
