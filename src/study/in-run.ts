import { keysIn } from "../domain/child-environment.js";
import { escapeControls, shortName } from "../domain/escape-controls.js";
import { Ledger, SpendingLimit } from "../domain/ledger.js";
import { keyMask } from "../domain/mask-keys.js";
import type { Shard } from "../domain/shard.js";
import { VERSION } from "../domain/version.js";
import type { Context } from "../storage/project/context.js";
import { openLog } from "../storage/project/log.js";
import { ProgressFile } from "../storage/project/progress.js";
import { startRun } from "../storage/project/runs.js";
import { jobAlive } from "./cluster/queue.js";
import type { Observer, Workspace } from "./workspace.js";

/** A line that quotes an input does not grow with it. */
const LONGEST_LINE = 4000;

export interface RunOptions {
  readonly command: string;
  /** Whatever decides the result. */
  readonly parts: unknown;
  readonly smokeTest: boolean;
  /** The configuration and seeds, for the manifest. */
  readonly config?: unknown;
  readonly seeds?: Readonly<Record<string, number>>;
  /** Whether a finished run of the same work is taken up again, or a new one is started. */
  readonly reuseFinished: boolean;
  /** The part of the work that this process does. */
  readonly shard?: Shard;
  /** US dollars that the whole call may spend; no limit where absent. */
  readonly maxCost?: number | undefined;
  /** Asks whether to spend. */
  readonly confirm?: Context["confirm"];
}

/** What work in a run gives back: its result, and the files it made. */
export interface Done<Result> {
  readonly result: Result;
  readonly outputs: readonly string[];
}

/**
 * Does a piece of work as a run of the project: with a timestamp, a log, and the run's record. When it is interrupted, by an
 * error or by Ctrl-C, the same call continues it.
 */
export async function inRun<Result>(
  { project, environment, call, observer }: Workspace,
  options: RunOptions,
  work: (context: Context) => Promise<Done<Result>>,
): Promise<Result> {
  const run = await startRun(project, {
    ...options,
    version: VERSION,
    arguments: call,
    now: () => new Date(),
    onInvalid: (error) => observer.skipped(error),
    lock: {
      environment,
      jobAlive: (job) => jobAlive(job, environment),
      onWatch: ({ host, pid }) => {
        const holder = escapeControls(`process ${pid} on ${host}`);
        observer.say(`${holder} holds this run; watching for up to half a minute whether it lives`);
      },
    },
  });
  // A run that has ended keeps its log as it is.
  const log =
    run.continued === "finished"
      ? () => undefined
      : openLog(project.log(run.stamp, options.command, options.shard));
  const hide = keyMask(keysIn(environment));
  const say = (line: string) => {
    const shown = shortName(hide(line), LONGEST_LINE);
    observer.say(shown);
    log(shown);
  };
  log(`${run.continued ? "continues" : "starts"}: rate ${VERSION} ${options.command}`);
  if (run.continued === "unfinished") {
    const { shard } = options;
    const what = shard ? `works on shard ${shard.index} of ${shard.count} of` : "goes on with";
    say(`${what} the run of ${run.stamp.timestamp}`);
  }
  if (run.continued === "finished")
    say(`this was done in the run of ${run.stamp.timestamp}; its files are used`);
  const ledger = new Ledger(new SpendingLimit(options.maxCost ?? null));
  const signal = AbortSignal.any([observer.signal(), run.lost]);
  const reached = new ProgressFile(project.runProgress(run.stamp, options.shard));
  try {
    const { result, outputs } = await work({
      project,
      stamp: run.stamp,
      ...(options.config !== undefined && { configuration: options.config }),
      version: VERSION,
      environment,
      fetch,
      signal,
      ledger,
      progress: tracked(observer, reached),
      note: (note) => run.note(note),
      confirm: options.confirm ?? (async () => true),
      say,
    });
    if (ledger.text !== null) say(ledger.text);
    await run.finish(outputs);
    reached.remove();
    log("ends");
    await project.seal(project.log(run.stamp, options.command, options.shard));
    run.releaseAtExit();
    return result;
  } catch (error) {
    try {
      log(`stops: ${shortName(hide(error instanceof Error ? error.message : String(error)), LONGEST_LINE)}`);
    } catch {
      // Where the log cannot be written, the error itself says why.
    }
    await run.release();
    throw error;
  }
}

/** Progress for those who watch the work, and in a file for those who look from elsewhere. */
function tracked(observer: Observer, file: ProgressFile): Context["progress"] {
  return (label, total, done) => {
    const shown = observer.progress(label, total, done);
    let count = done;
    file.tell({ label, done, total, note: null });
    return {
      advance(more, note) {
        count += more;
        file.tell({ label, done: count, total, note: note ?? null });
        shown.advance(more, note);
      },
      end: () => shown.end(),
    };
  };
}
