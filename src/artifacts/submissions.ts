import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { inputError } from "../domain/errors.js";
import type { Project } from "./project.js";

/** Jobs handed to a cluster by one call, kept in `runs/submitted/<timestamp>.json`. */
export interface Submission {
  readonly timestamp: string;
  readonly config: string;
  /** The folder that the jobs run in. */
  readonly directory: string;
  readonly jobs: readonly SubmittedJob[];
}

export interface SubmittedJob {
  readonly id: string;
  readonly stage: string;
  readonly name: string;
  readonly tasks: number | null;
  /** Ids of the jobs that must have succeeded before. */
  readonly after: readonly string[];
  /** Log files, relative to the folder; `%a` stands for the number of the task. */
  readonly logs: readonly [output: string, errors: string];
}

export async function saveSubmission(project: Project, submission: Submission): Promise<string> {
  const path = join(folderOf(project), `${submission.timestamp}.json`);
  await project.writeJson(path, submission);
  return path;
}

/** All submissions of a project, the oldest first. */
export async function submissions(project: Project): Promise<Submission[]> {
  const folder = folderOf(project);
  const names = (await readdir(folder).catch(() => [] as string[])).filter((name) =>
    /^\d.*\.json$/.test(name),
  );
  return Promise.all(
    names.sort().map(async (name) => {
      const path = join(folder, name);
      try {
        return JSON.parse(await readFile(path, "utf8")) as Submission;
      } catch (cause) {
        throw inputError(
          `${path}: is no record of submitted jobs (${(cause as Error).message}); move it away`,
          cause,
        );
      }
    }),
  );
}

function folderOf(project: Project): string {
  return project.path("runs", "submitted");
}
