import { randomUUID } from "node:crypto";
import { readFileSync, rmSync } from "node:fs";
import { type FileHandle, open, rm } from "node:fs/promises";
import { hostname } from "node:os";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { inputError, workError } from "../../domain/errors.js";
import { checked, readJson } from "../readers/json-file.js";
import type { SmallFile } from "../readers/small-file.js";
import { cannotWrite, makeFolder } from "./files.js";
import { isRunning, ownStart } from "./process.js";

const nameOrNull = z.string().nullable().catch(null);

const holder = z
  .object({
    host: z.string(),
    pid: z.int(),
    /** When the process started, as the system counts it; tells it from a later one with the same number. */
    started: nameOrNull,
    /** The SLURM job, with the number of its array task: `17` or `17_3`. */
    job: nameOrNull,
    /** How often SLURM had requeued the job. */
    restarts: z.number().catch(0),
    token: z.string().catch(""),
    /** Counts up as long as the process lives. */
    beat: z.number().catch(0),
  })
  .readonly();

/** What a lock file says of the process that holds it. */
export type Holder = z.infer<typeof holder>;

export interface LockSettings {
  /** Time between two signs of life, in milliseconds. */
  readonly beatMs: number;
  /** A lock of another host that shows no sign of life for so long has lost its process. Measured by the watcher's clock alone. */
  readonly leaseMs: number;
  /** How long to wait for a living holder to let go. */
  readonly waitMs: number;
  /** Whether a SLURM job is still there; null where that cannot be told. */
  readonly jobAlive: (job: string) => Promise<boolean | null>;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Called when another host's process is watched for signs of life. */
  readonly onWatch: (holder: Holder) => void;
}

const DEFAULTS: LockSettings = {
  beatMs: 5_000,
  leaseMs: 30_000,
  waitMs: 0,
  jobAlive: async () => null,
  environment: {},
  onWatch: () => undefined,
};

const LOOK_MS = 50;
/** A process says who it is in the moment in which it has made the file; one that has not was killed in that moment. */
const UNSIGNED_MS = 3_000;

/** A lock that this process holds. */
export interface Lock {
  /** Aborted when another process has taken the lock over, because this one showed no sign of life for too long. */
  readonly lost: AbortSignal;
  release(): Promise<void>;
  /** Releases it as the last thing that this process does. */
  releaseAtExit(): void;
}

/**
 * Takes the lock at `path`: a file that is made exclusively, on shared file systems too, and renewed as long as its process lives. The lock of
 * a process that is gone is taken over: one of this host by its process number, one of another host when SLURM no longer knows its job, or
 * when it has not been renewed for a lease. No clocks are compared. Throws when a living process holds it.
 */
export async function takeLock(path: string, given: Partial<LockSettings> = {}): Promise<Lock> {
  const settings = { ...DEFAULTS, ...given };
  const watch = new Watch();
  const started = performance.now();
  await makeFolder(dirname(path)).catch((cause: Error) => {
    throw cannotWrite(dirname(path), cause);
  });
  for (;;) {
    const lock = await tryCreate(path, settings);
    if (lock) return lock;
    const holder = await readHolder(path);
    if (holder === "gone") continue;
    const state = await stateOf(holder, watch, settings);
    if (state === "dead") {
      const taken = await takeOver(path, holder, settings);
      if (taken) return taken;
    } else if (state === "alive" && performance.now() - started >= settings.waitMs) {
      throw inputError(
        `another process works on this run (${describe(holder)}); wait for it, or stop it first (its lock: ${path})`,
      );
    }
    await sleep(LOOK_MS);
  }
}

/** Who holds the lock at `path`, by its own word; null when no one does. */
export async function holderOf(path: string): Promise<Holder | null> {
  const holder = await readHolder(path);
  return holder === "gone" ? null : holder;
}

const LOCK: SmallFile = { what: "a lock", most: 1 << 20, advice: "remove it when no process works there" };

/** What the file says; `null` where it says nothing (yet), `"gone"` where there is none. */
async function readHolder(path: string): Promise<Holder | null | "gone"> {
  try {
    return checked(await readJson(path, LOCK), holder);
  } catch (error) {
    const { code } = ((error as Error).cause ?? {}) as NodeJS.ErrnoException;
    return code === "ENOENT" ? "gone" : null;
  }
}

function describe(holder: Holder | null): string {
  if (!holder) return "it has not said which";
  const job = holder.job ? `, SLURM job ${holder.job}` : "";
  return `process ${holder.pid} on ${holder.host}${job}`;
}

/** Remembers for how long a lock has looked the same. */
class Watch {
  private seen = "";
  private since = 0;
  announced = false;
  asked = false;

  /** Milliseconds since the lock last changed under the watch; null when it has just done so. */
  unchanged(holder: Holder | null): { ms: number; changed: boolean } {
    const now = performance.now();
    const looks = JSON.stringify(holder);
    const first = this.seen === "";
    if (looks === this.seen) return { ms: now - this.since, changed: false };
    const sameProcess = !first && JSON.parse(this.seen)?.token === holder?.token;
    this.seen = looks;
    this.since = now;
    return { ms: 0, changed: sameProcess };
  }
}

async function stateOf(
  holder: Holder | null,
  watch: Watch,
  { leaseMs, jobAlive, environment, onWatch }: LockSettings,
): Promise<"alive" | "dead" | "unknown"> {
  const { ms, changed } = watch.unchanged(holder);
  if (holder?.host === hostname()) {
    return isRunning(holder.pid, holder.started) ? "alive" : "dead";
  }
  if (changed) return "alive";
  if (ms >= (holder ? leaseMs : Math.min(leaseMs, UNSIGNED_MS))) return "dead";
  if (holder?.job) {
    const own = identity(environment);
    // SLURM requeues a job only after its processes are gone.
    if (own.job === holder.job && own.restarts > holder.restarts) return "dead";
    if (!watch.asked) {
      watch.asked = true;
      if ((await jobAlive(holder.job)) === false) return "dead";
    }
  }
  if (holder && !watch.announced && ms > 0) {
    watch.announced = true;
    onWatch(holder);
  }
  return "unknown";
}

/** Replaces a dead process's lock. Only the process that makes the claim file may; null when the lock has changed or another one is at it. */
async function takeOver(path: string, dead: Holder | null, settings: LockSettings): Promise<HeldLock | null> {
  const claim = await tryCreate(`${path}.claim`, settings);
  if (!claim) {
    // A claim lasts a moment; one that stays has lost its process too.
    const holder = await readHolder(`${path}.claim`);
    const watch = new Watch();
    for (let state = "unknown"; state !== "dead"; await sleep(LOOK_MS)) {
      const now = await readHolder(`${path}.claim`);
      if (now === "gone" || holder === "gone" || now?.token !== holder?.token) return null;
      state = await stateOf(now, watch, settings);
    }
    await rm(`${path}.claim`, { force: true });
    return null;
  }
  try {
    const now = await readHolder(path);
    if (now !== "gone" && JSON.stringify(now) !== JSON.stringify(dead)) return null;
    await rm(path, { force: true });
    return await tryCreate(path, settings);
  } finally {
    await claim.release();
  }
}

async function tryCreate(path: string, settings: LockSettings): Promise<HeldLock | null> {
  // Open for reading too: the descriptor stays bound to this very file, whatever comes to stand under its name.
  const handle = await open(path, "wx+").catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === "EEXIST") return null;
    throw cannotWrite(path, cause);
  });
  if (!handle) return null;
  const lock = new HeldLock(path, handle, { ...identity(settings.environment), token: randomUUID() });
  try {
    await lock.beat();
  } catch (cause) {
    await lock.release();
    throw cannotWrite(path, cause);
  }
  lock.keep(settings.beatMs);
  return lock;
}

class HeldLock implements Lock {
  private readonly controller = new AbortController();
  private timer: NodeJS.Timeout | undefined;
  private beating: Promise<void> = Promise.resolve();
  private beats = 0;

  constructor(
    private readonly path: string,
    private readonly handle: FileHandle,
    private readonly self: Omit<Holder, "beat">,
  ) {}

  get lost(): AbortSignal {
    return this.controller.signal;
  }

  keep(beatMs: number): void {
    this.timer = setInterval(() => {
      this.beating = this.beating.then(() => this.beat().catch(() => undefined)).then(() => this.check());
    }, beatMs);
    this.timer.unref();
  }

  /** Counts up, in place: readers see a changed file, and a lock that was taken over is not touched. */
  async beat(): Promise<void> {
    this.beats += 1;
    const text = JSON.stringify({ ...this.self, beat: this.beats } satisfies Holder);
    await this.handle.write(`${text}\n`, 0);
    await this.handle.datasync();
  }

  private async check(): Promise<void> {
    const holder = await readHolder(this.path);
    if (holder === null || (holder !== "gone" && holder.token === this.self.token)) return;
    const by = holder === "gone" ? "was removed" : `has been taken over by ${describe(holder)}`;
    this.controller.abort(workError(`${this.path}: the lock of this run ${by}; this process stops`));
    clearInterval(this.timer);
  }

  async release(): Promise<void> {
    clearInterval(this.timer);
    await this.beating;
    const holder = await readHolder(this.path);
    if (holder !== "gone" && (holder === null || holder.token === this.self.token))
      await rm(this.path, { force: true });
    await this.handle.close();
  }

  releaseAtExit(): void {
    process.once("exit", () => {
      try {
        const holder: Holder = JSON.parse(readFileSync(this.path, "utf8"));
        if (holder.token === this.self.token) rmSync(this.path);
      } catch {
        // What stays is the lock of a process that is gone, which the next one takes over.
      }
    });
  }
}

/** The SLURM job that an environment belongs to: `17`, or `17_3` for an array's task. */
export function slurmJobOf(environment: LockSettings["environment"]): string | null {
  const { SLURM_JOB_ID, SLURM_ARRAY_JOB_ID, SLURM_ARRAY_TASK_ID } = environment;
  return SLURM_ARRAY_JOB_ID ? `${SLURM_ARRAY_JOB_ID}_${SLURM_ARRAY_TASK_ID}` : (SLURM_JOB_ID ?? null);
}

function identity(environment: LockSettings["environment"]): Omit<Holder, "token" | "beat"> {
  return {
    host: hostname(),
    pid: process.pid,
    started: ownStart(),
    job: slurmJobOf(environment),
    restarts: Number(environment.SLURM_RESTART_COUNT ?? 0) || 0,
  };
}
