import { escapeControls } from "../domain/escape-controls.js";
import type { Shard } from "../domain/shard.js";
import type { Context } from "../storage/project/context.js";
import { openLog } from "../storage/project/log.js";
import { ProgressFile } from "../storage/project/progress.js";
import { startRun } from "../storage/project/runs.js";
import { jobAlive } from "../study/cluster/queue.js";
import { VERSION } from "../version.js";
import type { CommandContext } from "./command-context.js";
import { passedOver } from "./terminal/print.js";
import { Display } from "./terminal/progress.js";

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
  /** Asks whether to spend. */
  readonly confirm?: Context["confirm"];
}

/** What work in a run gives back: its result, and the files it made. */
export interface Done<Result> {
  readonly result: Result;
  readonly outputs: readonly string[];
}

/**
 * Does a piece of work as a run of the project: with a timestamp, a log, and the run's record. Broken off, by an error or by
 * Ctrl-C, it is continued by the same call.
 */
export async function inRun<Result>(
  { project, environment }: CommandContext,
  options: RunOptions,
  work: (context: Context) => Promise<Done<Result>>,
): Promise<Result> {
  const run = await startRun(project, {
    ...options,
    version: VERSION,
    arguments: process.argv.slice(2),
    now: () => new Date(),
    onInvalid: passedOver,
    lock: {
      environment,
      jobAlive: (job) => jobAlive(job, environment),
      onWatch: ({ host, pid }) => {
        const holder = escapeControls(`process ${pid} on ${host}`);
        process.stderr.write(`${holder} holds this run; watching for up to half a minute whether it lives\n`);
      },
    },
  });
  // A run that has ended keeps its log as it is.
  const log =
    run.continued === "finished"
      ? () => undefined
      : openLog(project.log(run.stamp, options.command, options.shard));
  const display = new Display(process.stderr);
  const say = (line: string) => {
    display.say(escapeControls(line));
    log(escapeControls(line));
  };
  log(`${run.continued ? "continues" : "starts"}: rate ${VERSION} ${options.command}`);
  if (run.continued === "unfinished") {
    const { shard } = options;
    const what = shard ? `works on shard ${shard.index} of ${shard.count} of` : "goes on with";
    say(`${what} the run of ${run.stamp.timestamp}`);
  }
  if (run.continued === "finished")
    say(`this was done in the run of ${run.stamp.timestamp}; its files are used`);
  const signal = AbortSignal.any([abortOnInterrupt(), run.lost]);
  const reached = new ProgressFile(project.runProgress(run.stamp, options.shard));
  try {
    const { result, outputs } = await work({
      project,
      stamp: run.stamp,
      version: VERSION,
      environment,
      fetch,
      signal,
      progress: tracked(display, reached),
      note: (note) => run.note(note),
      confirm: options.confirm ?? (async () => true),
      say,
    });
    await run.finish(outputs);
    reached.remove();
    log("ends");
    await project.seal(project.log(run.stamp, options.command, options.shard));
    run.releaseAtExit();
    return result;
  } catch (error) {
    try {
      log(`stops: ${escapeControls(error instanceof Error ? error.message : String(error))}`);
    } catch {
      // Where the log cannot be written, the error itself says why.
    }
    await run.release();
    throw error;
  }
}

/** Progress on the terminal, and in a file for those who look from elsewhere. */
function tracked(display: Display, file: ProgressFile): Context["progress"] {
  return (label, total, done) => {
    const shown = display.progress(label, total, done);
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

/** The first Ctrl-C lets what is under way come to rest; a second one ends the process at once. */
function abortOnInterrupt(): AbortSignal {
  const controller = new AbortController();
  process.once("SIGINT", () => controller.abort());
  process.once("SIGTERM", () => controller.abort());
  return controller.signal;
}
