import type { Context, Progress } from "../storage/project/context.js";
import { Project } from "../storage/project/project.js";

/** Who watches work while it goes on. */
export interface Observer {
  /** A line for the person who waits. */
  say(line: string): void;
  progress(label: string, total: number, done: number): Progress;
  /** A file of the project that cannot be read, and is left out. */
  skipped(error: Error): void;
  /** Aborted when the work is to stop. */
  signal(): AbortSignal;
}

/** Where work is done, and who watches it. */
export interface Workspace {
  readonly project: Project;
  /** Variables such as `OPENAI_API_KEY`. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The command line that the work is recorded under; empty where a program calls the library. */
  readonly call: readonly string[];
  readonly observer: Observer;
}

/** How a program opens a workspace. */
export interface WorkspaceOptions {
  /** Default: `PROJECT_DIR` of the environment, else the current folder. */
  readonly directory?: string;
  /** Default: `process.env`. Unlike the command line, the library reads no `.env` file. */
  readonly environment?: Workspace["environment"];
  readonly say?: Observer["say"];
  readonly progress?: Context["progress"];
  readonly signal?: AbortSignal;
}

/**
 * Opens a project directory for the functions that read and write files there.
 *
 * @example
 * const workspace = await openWorkspace({ directory: "my-study", say: console.error });
 * const { results } = await runConfiguration(await readConfiguration("config.yaml"), workspace);
 */
export async function openWorkspace(options: WorkspaceOptions = {}): Promise<Workspace> {
  const { environment = process.env, say = () => undefined } = options;
  const directory = options.directory ?? (environment.PROJECT_DIR || process.cwd());
  const project = await Project.open(directory, environment.GROUP_NAME || undefined);
  const signal = options.signal ?? new AbortController().signal;
  return {
    project,
    environment,
    call: [],
    observer: {
      say,
      progress: options.progress ?? (() => ({ advance() {}, end() {} })),
      skipped: ({ message }) => say(message),
      signal: () => signal,
    },
  };
}
