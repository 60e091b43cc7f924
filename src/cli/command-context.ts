import { Project, timestampAt } from "../storage/project/project.js";
import { type Environment, readEnvironment } from "./environment.js";

/** Where a command works: the environment with `.env`, and the project directory. */
export interface CommandContext {
  readonly environment: Environment;
  readonly project: Project;
}

/** Opens the project directory: the given one, else PROJECT_DIR, else the current folder. */
export async function openCommandContext(directory: string | undefined): Promise<CommandContext> {
  const environment = await readEnvironment(process.cwd(), process.env);
  const project = await Project.open(
    directory ?? (environment.PROJECT_DIR || process.cwd()),
    environment.GROUP_NAME || undefined,
  );
  return { environment, project };
}

/** The present, as files are stamped. */
export function stampNow(): string {
  return timestampAt(new Date());
}
