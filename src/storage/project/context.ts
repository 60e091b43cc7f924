import type { Ledger } from "../../domain/ledger.js";
import type { Note } from "./manifest.js";
import type { Project, RunStamp } from "./project.js";

/** How far a long stage is. */
export interface Progress {
  /** `note` is shown beside the count, for example what has been spent. */
  advance(count: number, note?: string): void;
  end(): void;
}

/** What a stage needs of the world around it; the command line sets it up once. */
export interface Context {
  readonly project: Project;
  readonly stamp: RunStamp;
  /** The run's configuration, for the template files. */
  readonly configuration?: unknown;
  /** The version of this program, for the template files. */
  readonly version: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly fetch: typeof fetch;
  readonly signal: AbortSignal;
  /** The one limit on what the command spends, and the accounts of all who are paid. */
  readonly ledger: Ledger;
  /** `done` are the steps that an earlier try has finished. */
  progress(label: string, total: number, done: number): Progress;
  /** Asks the person at the terminal whether to spend; true where no one is there to be asked. */
  confirm(estimate: { readonly cost: number | null }): Promise<boolean>;
  /** Adds to the run's manifest, before the file appears that makes the stage count as done. */
  note?(note: Note): Promise<void>;
  /** A line for the person who waits and for the run's log. */
  say(line: string): void;
}
