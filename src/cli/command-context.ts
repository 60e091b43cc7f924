import { Project, timestampAt } from "../storage/project/project.js";
import type { Workspace } from "../study/workspace.js";
import { readEnvironment } from "./environment.js";
import { terminalObserver } from "./terminal/observer.js";

/** Where a command works: the environment with `.env`, the project directory, and the terminal that shows how it goes. */
export type CommandContext = Workspace;

/** Opens the project directory: the given one, else PROJECT_DIR, else the current folder. */
export async function openCommandContext(directory: string | undefined): Promise<CommandContext> {
  const environment = await readEnvironment(process.cwd(), process.env);
  const project = await Project.open(
    directory ?? (environment.PROJECT_DIR || process.cwd()),
    environment.GROUP_NAME || undefined,
  );
  return { environment, project, call: process.argv.slice(2), observer: terminalObserver() };
}

/** The present, as files are stamped. */
export function stampNow(): string {
  return timestampAt(new Date());
}
