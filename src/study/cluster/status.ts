import { createReadStream } from "node:fs";
import { open, readdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { inputError } from "../../domain/errors.js";
import { shardsOf } from "../../domain/shard.js";
import { holderOf } from "../../storage/project/lock.js";
import { type Reached, readProgress } from "../../storage/project/progress.js";
import { exists, type Project } from "../../storage/project/project.js";
import { allRuns, type RunRecord, stampOf } from "../../storage/project/runs.js";
import { type Submission, type SubmittedJob, submissions } from "../../storage/project/submissions.js";
import type { OnInvalid } from "../../storage/readers/json-file.js";
import { isOver, jobOf, jobStates, type QueuedJob } from "./queue.js";

export interface JobStatus extends SubmittedJob {
  /** The job, or the tasks of the array, as SLURM has them; empty when it no longer knows them. */
  readonly queue: readonly QueuedJob[];
  /** How the job stands as a whole: SLURM's word, the least favourable of an array's tasks; null where SLURM cannot tell. */
  readonly state: string | null;
  /** Of a job that has failed: its file for errors, and the last line there. */
  readonly failure: { readonly file: string; readonly line: string } | null;
}

export interface SubmissionStatus extends Omit<Submission, "jobs"> {
  readonly jobs: readonly JobStatus[];
}

/** A process that is at work on a run, or on a shard of it. */
export interface Worker {
  readonly shard: number | null;
  readonly host: string;
  readonly pid: number;
  readonly job: string | null;
}

export interface RunStatus
  extends Pick<RunRecord, "timestamp" | "command" | "smoke_test" | "status" | "outputs"> {
  readonly jobs: readonly string[];
  readonly shards: RunRecord["shards"] | null;
  /** Files that the run's record names and that are gone. */
  readonly missing: readonly string[];
  readonly workers: readonly Worker[];
  /** How far each process said it was. */
  readonly progress: readonly (Reached & { readonly shard: number | null })[];
  /** What is on the disk already of an unfinished run. */
  readonly journals: readonly { readonly file: string; readonly entries: number }[];
}

export interface ProjectStatus {
  /** Whether SLURM is on this machine. */
  readonly slurm: boolean;
  readonly submissions: readonly SubmissionStatus[];
  readonly runs: readonly RunStatus[];
}

/** What is looked at: one timestamp, everything, or what is not finished and the newest submission. */
export type Selection = { readonly timestamp: string } | "all" | "current";

/** How a project's submitted jobs and its runs stand. Throws when there is nothing of the timestamp asked for. */
export async function projectStatus(
  project: Project,
  environment: Readonly<Record<string, string | undefined>>,
  selection: Selection,
  onInvalid: OnInvalid,
): Promise<ProjectStatus> {
  const [allSubmitted, records] = [await submissions(project, onInvalid), await allRuns(project, onInvalid)];
  const wanted = <Item extends { timestamp: string }>(items: readonly Item[]) =>
    typeof selection === "string"
      ? items
      : items.filter(({ timestamp }) => timestamp === selection.timestamp);
  const submitted = wanted(allSubmitted);
  const runs = wanted(records).filter(({ status }) => selection !== "current" || status === "unfinished");
  if (typeof selection !== "string" && submitted.length + runs.length === 0) {
    const known = [...allSubmitted, ...records].map(({ timestamp }) => timestamp);
    throw inputError(
      `there is no submission or run of ${selection.timestamp} (known: ${[...new Set(known)].sort().join(", ") || "none"})`,
    );
  }
  const ids = submitted.flatMap(({ jobs }) => jobs.map(({ id }) => id));
  const queue = await jobStates(ids, environment);
  const statuses = await Promise.all(
    submitted.map(async (submission) => ({
      ...submission,
      jobs: await Promise.all(
        submission.jobs.map((job) => jobStatus(job, submission.directory, queue ?? [])),
      ),
    })),
  );
  return {
    slurm: queue !== null,
    submissions: statuses.filter(
      ({ jobs }, place) =>
        selection !== "current" ||
        place === statuses.length - 1 ||
        jobs.some(({ state }) => state !== null && !isOver(state)),
    ),
    runs: await Promise.all(runs.map((record) => runStatus(record, project))),
  };
}

/** The states that decide how an array stands, the first of them that one of its tasks has. */
const DECIDING = [
  "FAILED",
  "OUT_OF_MEMORY",
  "TIMEOUT",
  "NODE_FAIL",
  "BOOT_FAIL",
  "DEADLINE",
  "CANCELLED",
  "PREEMPTED",
  "RUNNING",
  "COMPLETING",
  "PENDING",
];

async function jobStatus(
  job: SubmittedJob,
  directory: string,
  queue: readonly QueuedJob[],
): Promise<JobStatus> {
  const own = queue.filter(({ id }) => jobOf(id) === job.id);
  const states = new Set(own.map(({ state }) => state));
  const state = DECIDING.find((name) => states.has(name)) ?? own[0]?.state ?? null;
  const bad = own.find((task) => task.state === state && isOver(task.state) && task.state !== "COMPLETED");
  return { ...job, queue: own, state, failure: bad ? await failureOf(job, bad.id, directory) : null };
}

async function failureOf(job: SubmittedJob, id: string, directory: string): Promise<JobStatus["failure"]> {
  const file = job.logs[1].replace("%a", id.split("_")[1] ?? "");
  const line = await lastLineOf(resolve(directory, file)).catch(() => "");
  return { file, line };
}

/** So much of the end of a log is read. */
const LOG_END = 1 << 16;

/** The last line of a log that is not blank, as far as the log's end holds it. */
async function lastLineOf(path: string): Promise<string> {
  const handle = await open(path, "r");
  try {
    const { size } = await handle.stat();
    const length = Math.min(size, LOG_END);
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, size - length);
    return buffer.toString("utf8", 0, bytesRead).trimEnd().split("\n").at(-1) ?? "";
  } finally {
    await handle.close();
  }
}

async function runStatus(record: RunRecord, project: Project): Promise<RunStatus> {
  const { timestamp, command, smoke_test, status, outputs, jobs = [], shards = null } = record;
  const parts = shards ? shardsOf(shards.count) : [undefined];
  const workers: Worker[] = [];
  const progress: (Reached & { shard: number | null })[] = [];
  for (const shard of status === "finished" ? [] : parts) {
    const place = shard?.index ?? null;
    const holder = await holderOf(project.runLock(stampOf(record), shard));
    if (holder) workers.push({ shard: place, host: holder.host, pid: holder.pid, job: holder.job });
    const reached = await readProgress(project.runProgress(stampOf(record), shard));
    if (reached) progress.push({ shard: place, ...reached });
  }
  const there = await Promise.all(outputs.map((file) => exists(resolve(project.directory, file))));
  return {
    timestamp,
    command,
    smoke_test,
    status,
    outputs,
    jobs,
    shards,
    missing: outputs.filter((_, place) => !there[place]),
    workers,
    progress,
    journals: status === "finished" ? [] : await journalsOf(timestamp, project),
  };
}

/** The journals of an unfinished run, and how much each holds. */
async function journalsOf(timestamp: string, project: Project): Promise<RunStatus["journals"]> {
  const places = [
    { folder: project.path("data", "batch_api"), ending: ".jsonl" },
    { folder: project.path("data", "scored"), ending: ".journal" },
    { folder: project.path("data", "scored", "shards"), ending: ".journal" },
  ];
  const found: { file: string; entries: number }[] = [];
  for (const { folder, ending } of places) {
    for (const name of (await readdir(folder).catch(() => [] as string[])).sort()) {
      if (!name.includes(timestamp) || !name.endsWith(ending)) continue;
      const file = join(folder, name);
      found.push({ file: project.show(file), entries: Math.max(0, (await linesIn(file)) - 1) });
    }
  }
  return found;
}

async function linesIn(path: string): Promise<number> {
  let count = 0;
  for await (const piece of createReadStream(path) as AsyncIterable<Buffer>) {
    for (let at = piece.indexOf(10); at >= 0; at = piece.indexOf(10, at + 1)) count += 1;
  }
  return count;
}
