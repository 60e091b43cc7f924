import { callSlurm } from "./commands.js";

type Environment = Readonly<Record<string, string | undefined>>;

/** A job, or one task of an array, as SLURM tells it. */
export interface QueuedJob {
  /** `17`, or `17_3` for the third task. */
  readonly id: string;
  /** SLURM's word: PENDING, RUNNING, COMPLETED, FAILED … */
  readonly state: string;
  /** Why it waits, or how it ended. */
  readonly reason: string | null;
  readonly elapsed: string | null;
  readonly nodes: string | null;
}

/**
 * The states of jobs and of the tasks of arrays: from the queue, and from the accounting for those that have left it. A job that neither knows is
 * absent. Null when SLURM is not on this machine.
 */
export async function jobStates(
  ids: readonly string[],
  environment: Environment,
): Promise<QueuedJob[] | null> {
  if (ids.length === 0) return [];
  const queue = await callSlurm(
    "squeue",
    ["--noheader", "--array", "--states=all", "--format=%i|%T|%r|%M|%N", `--jobs=${ids.join(",")}`],
    environment,
  );
  if (!queue) return null;
  const queued = rowsOf(queue.stdout);
  const seen = new Set(queued.map(({ id }) => jobOf(id)));
  const left = ids.filter((id) => !seen.has(id));
  return left.length === 0 ? queued : [...queued, ...(await accounted(left, environment))];
}

/** Whether a job's processes are there; null where that cannot be told. */
export async function jobAlive(id: string, environment: Environment): Promise<boolean | null> {
  const answer = await callSlurm(
    "squeue",
    ["--noheader", "--states=all", "--format=%T", `--jobs=${id}`],
    environment,
  ).catch(() => null);
  if (!answer) return null;
  if (answer.code !== 0) return /invalid job id/i.test(answer.stderr) ? false : null;
  const states = answer.stdout.split("\n").filter((state) => state !== "");
  if (states.length === 0) return false;
  return states.every((state) => isOver(state) || state === "PENDING" || state === "REQUEUED") ? false : null;
}

const OVER =
  /^(BOOT_FAIL|CANCELLED|COMPLETED|DEADLINE|FAILED|NODE_FAIL|OUT_OF_MEMORY|PREEMPTED|REVOKED|TIMEOUT)/;

/** Whether a job in this state has ended for good. */
export function isOver(state: string): boolean {
  return OVER.test(state);
}

/** The accounting need not be set up. */
async function accounted(ids: readonly string[], environment: Environment): Promise<QueuedJob[]> {
  const answer = await callSlurm(
    "sacct",
    [
      "--noheader",
      "--parsable2",
      "--allocations",
      "--format=JobID,State,ExitCode,Elapsed,NodeList",
      `--jobs=${ids.join(",")}`,
    ],
    environment,
  ).catch(() => null);
  return answer?.code === 0 ? rowsOf(answer.stdout) : [];
}

function rowsOf(text: string): QueuedJob[] {
  return text
    .split("\n")
    .map((line) => line.split("|"))
    .filter((fields) => fields.length >= 5)
    .map(([id, state, reason, elapsed, nodes]) => ({
      id: id!,
      // "CANCELLED by 1000" in the accounting
      state: state!.split(" ")[0]!,
      reason: known(reason!),
      elapsed: known(elapsed!),
      nodes: known(nodes!),
    }));
}

function known(text: string): string | null {
  return text === "" || text === "None" || text === "None assigned" || text === "0:0" ? null : text;
}

/** The job that a task belongs to. */
export function jobOf(id: string): string {
  return id.split("_")[0]!;
}
