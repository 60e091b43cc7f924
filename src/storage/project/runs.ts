import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import type { Shard } from "../../domain/shard.js";
import { withSnakeKeys } from "../../domain/snake-case.js";
import { checked, type OnInvalid, readJson, readValid } from "../readers/json-file.js";
import type { SmallFile } from "../readers/small-file.js";
import { type LockSettings, slurmJobOf, takeLock } from "./lock.js";
import { type ManifestBody, type Note, newManifest, noted, runFields, usageOf } from "./manifest.js";
import { type Project, type RunStamp, timestampAt } from "./project.js";
import { signatureOf } from "./signature.js";

/**
 * What is known of a run, kept in `runs/<timestamp>.json`: enough to find it again after a crash. Of its manifest that is checked here which is relied on
 * while the run goes on; what a later version adds is kept. Keys in camelCase are of earlier versions.
 */
const stored = z.preprocess(
  withSnakeKeys,
  z.looseObject({
    ...runFields,
    /** Hash of everything that decides the run's result; an unfinished run with the same one is continued. */
    fingerprint: z.string(),
    /** The command line, to continue the run by. */
    arguments: z.array(z.string()).readonly(),
    /** Shows that the command line is this user's own. */
    signature: z.string().optional(),
    /** What was asked of language models, by data set or reward model: requests, tokens and dollars. */
    usage: z.record(z.string(), z.preprocess(withSnakeKeys, z.unknown())).optional(),
    /** Of a run in shards: how many there are, and which have been finished. */
    shards: z.object({ count: z.int(), finished: z.array(z.int()).readonly() }).optional(),
    manifest: z
      .looseObject({
        datasets: z.record(
          z.string(),
          z.looseObject({ usage: z.preprocess(withSnakeKeys, z.looseObject({})) }),
        ),
        scores: z.record(z.string(), z.looseObject({ reward_key: z.string(), facts: z.looseObject({}) })),
      })
      .optional(),
    /** SLURM jobs that have worked on the run, as `17`, or `17_3` for an array's task. */
    jobs: z.array(z.string()).readonly().optional(),
  }),
);

type Fields = z.output<typeof stored>;

/** A run's record. Runs of the first versions have no manifest. */
export type RunRecord = Readonly<
  Pick<
    Fields,
    keyof typeof runFields | "fingerprint" | "arguments" | "signature" | "usage" | "shards" | "jobs"
  >
> & { readonly manifest?: ManifestBody | undefined };

/** A run in progress. Done when it is finished and released; one that ends otherwise is continued by the same call. */
export interface Run {
  readonly stamp: RunStamp;
  /** Whether, and in what state, an earlier run (or this shard of it) is taken up. */
  readonly continued: false | RunRecord["status"];
  /** Aborted when another process has taken the run over. */
  readonly lost: AbortSignal;
  /** Adds to the run's manifest; resolves when it is on the disk. */
  note(note: Note): Promise<void>;
  finish(outputs: readonly string[]): Promise<void>;
  /** Lets go of the run, finished or not. */
  release(): Promise<void>;
  /** Lets go of it when the process ends, which may be killed before it has told that the run is finished. */
  releaseAtExit(): void;
}

/** The hash that two runs share when they would make the same files. */
export function fingerprintOf(parts: unknown): string {
  return createHash("sha256").update(JSON.stringify(parts)).digest("hex");
}

/** How long a process waits for its turn to look for its run, or to note down its shard. */
const TURN_MS = 120_000;

/**
 * Starts a run, or continues the newest unfinished one with the same fingerprint (with `reuseFinished`, also a finished
 * one, whose files are then all there). Shards of one piece of work are one run, each held by a process of its own. Throws when another
 * process is at work on the run or the shard.
 */
export async function startRun(project: Project, options: StartOptions): Promise<Run> {
  const { command, version, arguments: call, parts, smokeTest, shard, now } = options;
  const fingerprint = fingerprintOf([command, version, smokeTest, parts, ...(shard ? [shard.count] : [])]);
  const record = await inTurn(project, options, async () => {
    await removeTornRecords(project);
    const earlier = await findRun(project, fingerprint, options);
    const found: RunRecord = earlier ?? {
      timestamp: await freeTimestamp(project, now),
      smoke_test: smokeTest,
      command,
      version,
      fingerprint,
      arguments: call,
      directory: process.cwd(),
      status: "unfinished",
      outputs: [],
      manifest: await newManifest(options.config ?? null, options.seeds ?? {}),
      ...(shard && { shards: { count: shard.count, finished: [] } }),
    };
    const jobs = jobsWith(found, slurmJobOf(options.lock?.environment ?? {}));
    // The call that works on it now is the one to continue it by.
    const own = { arguments: call, directory: process.cwd() };
    const signature = (await signatureOf(own, options.lock?.environment ?? {})) ?? undefined;
    const changed = !earlier || jobs !== found.jobs || signature !== found.signature;
    const current = {
      ...found,
      ...(earlier?.status === "finished" ? {} : { ...own, ...(signature && { signature }) }),
      ...(jobs && { jobs }),
    };
    if (changed) await project.writeJson(project.run(stampOf(found)), current);
    return { ...current, continued: earlier && statusOf(earlier, shard) };
  });
  const stamp = { timestamp: record.timestamp, smokeTest };
  const lock = await takeLock(project.runLock(stamp, shard), options.lock);
  return {
    stamp,
    continued: record.continued ?? false,
    lost: lock.lost,
    release: () => lock.release(),
    releaseAtExit: () => lock.releaseAtExit(),
    async note(note) {
      lock.lost.throwIfAborted();
      await inTurn(project, options, async () => {
        const current = await readRecord(project.run(stamp));
        if (current.manifest === undefined) return;
        await project.writeJson(project.run(stamp), { ...current, manifest: noted(current.manifest, note) });
      });
    },
    async finish(outputs) {
      const made = outputs.map((path) => project.show(path));
      lock.lost.throwIfAborted();
      await inTurn(project, options, async () => {
        const current = await readRecord(project.run(stamp));
        const usage = current.manifest && usageOf(current.manifest);
        const finished = [...new Set([...(current.shards?.finished ?? []), ...(shard ? [shard.index] : [])])];
        await project.writeJson(project.run(stamp), {
          ...current,
          status: !shard || finished.length === shard.count ? "finished" : "unfinished",
          ...(usage && { usage }),
          outputs: [...new Set([...(shard ? current.outputs : []), ...made])].sort(),
          ...(shard && { shards: { count: shard.count, finished: finished.sort((a, b) => a - b) } }),
        });
      });
    },
  };
}

/** One process after the other: so two that begin together find each other's run, and none gets another one's timestamp. */
async function inTurn<Result>(
  project: Project,
  options: StartOptions,
  work: () => Promise<Result>,
): Promise<Result> {
  const turn = await takeLock(project.path("runs", ".turn.lock"), { ...options.lock, waitMs: TURN_MS });
  try {
    return await work();
  } finally {
    await turn.release();
  }
}

/** The stamp that the files of a run carry. */
export function stampOf({ timestamp, smoke_test }: RunRecord): RunStamp {
  return { timestamp, smokeTest: smoke_test };
}

function statusOf(record: RunRecord, shard: Shard | undefined): RunRecord["status"] {
  return shard && record.shards?.finished.includes(shard.index) ? "finished" : record.status;
}

function jobsWith({ jobs }: RunRecord, job: string | null): RunRecord["jobs"] {
  return job === null || jobs?.includes(job) ? jobs : [...(jobs ?? []), job];
}

export interface StartOptions {
  readonly command: string;
  readonly version: string;
  readonly arguments: readonly string[];
  /** Whatever decides the result: configuration, templates, input files. */
  readonly parts: unknown;
  readonly smokeTest: boolean;
  readonly reuseFinished: boolean;
  /** The configuration and seeds, for the manifest. */
  readonly config?: unknown;
  readonly seeds?: Readonly<Record<string, number>>;
  /** The part of the work that this process does; it is not part of what decides the result. */
  readonly shard?: Shard;
  readonly lock?: Partial<LockSettings>;
  readonly onInvalid: OnInvalid;
  readonly now: () => Date;
}

/** The runs that have not ended, the oldest first. */
export async function unfinishedRuns(project: Project, onInvalid: OnInvalid): Promise<RunRecord[]> {
  return (await allRuns(project, onInvalid)).filter(({ status }) => status === "unfinished");
}

/** All runs of a project, the oldest first; files that are no records are passed over. */
export async function allRuns(project: Project, onInvalid: OnInvalid): Promise<RunRecord[]> {
  const paths = (await recordNames(project)).map((name) => project.path("runs", name));
  return readValid(paths, readRecord, onInvalid);
}

async function recordNames(project: Project): Promise<string[]> {
  const names = await readdir(project.path("runs")).catch(() => [] as string[]);
  return names.filter((name) => /^\d{8}_\d{6}.*\.json$/.test(name)).sort();
}

/** The newest run of this work that is to be taken up; a finished one with its lock still there was killed before it could say that it is done. */
async function findRun(
  project: Project,
  fingerprint: string,
  { reuseFinished, shard, onInvalid }: StartOptions,
): Promise<RunRecord | undefined> {
  const runs = await allRuns(project, onInvalid);
  return runs.findLast(
    (record) =>
      record.fingerprint === fingerprint &&
      (reuseFinished ||
        record.status === "unfinished" ||
        existsSync(project.runLock(stampOf(record), shard))),
  );
}

/** What processes left that were killed while they wrote a record; whoever has the turn is the only one who writes any. */
async function removeTornRecords(project: Project): Promise<void> {
  const folder = project.path("runs");
  const torn = (await readdir(folder)).filter((name) => /^\.\d.*\.json\..*tmp$/.test(name));
  await Promise.all(torn.map((name) => rm(join(folder, name), { force: true })));
}

/** The record that a value is; null where it is none. */
export function runRecordOf(value: unknown): RunRecord | null {
  const parsed = stored.safeParse(value);
  return parsed.success ? recordOf(parsed.data) : null;
}

/** The manifest is checked in full where it is used. */
function recordOf(fields: Fields): RunRecord {
  return fields as unknown as RunRecord;
}

const RECORD: SmallFile = { what: "a run record", most: 64 << 20, advice: "move it away" };

async function readRecord(path: string): Promise<RunRecord> {
  return recordOf(checked(await readJson(path, RECORD), stored));
}

/** The present second, or the first one after those of all other runs: the newest run is the last one by name, also after a clock was set back. */
async function freeTimestamp(project: Project, now: () => Date): Promise<string> {
  const newest = (await recordNames(project)).at(-1)?.slice(0, "YYYYMMDD_HHMMSS".length) ?? "";
  const [, year, month, day, hour, minute, second] =
    /^(\d{4})(\d\d)(\d\d)_(\d\d)(\d\d)(\d\d)$/.exec(newest)?.map(Number) ?? [];
  const last = year === undefined ? 0 : new Date(year, month! - 1, day, hour, minute, second).getTime();
  for (let time = Math.max(now().getTime(), last); ; time += 1000) {
    const timestamp = timestampAt(new Date(time));
    if (timestamp > newest) return timestamp;
  }
}
