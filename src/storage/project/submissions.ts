import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { checked, type OnInvalid, readJson, readValid } from "../readers/json-file.js";
import type { SmallFile } from "../readers/small-file.js";
import type { Project } from "./project.js";

const job = z
  .object({
    id: z.string().regex(/^\d+$/, "expected the number of a job"),
    stage: z.string(),
    name: z.string(),
    tasks: z.int().positive().nullable(),
    /** Ids of the jobs that must have succeeded before. */
    after: z.array(z.string()).readonly(),
    /** Log files, for output and for errors, relative to the folder; `%a` stands for the number of the task. */
    logs: z.tuple([z.string(), z.string()]).readonly(),
  })
  .readonly();

const submission = z
  .object({
    timestamp: z.string().regex(/^\d{8}_\d{6}$/, "expected YYYYMMDD_HHMMSS"),
    config: z.string(),
    /** The folder that the jobs run in. */
    directory: z.string(),
    jobs: z.array(job).readonly(),
  })
  .readonly();

export type SubmittedJob = z.infer<typeof job>;

/** Jobs handed to a cluster by one call, kept in `runs/submitted/<timestamp>.json`. */
export type Submission = z.infer<typeof submission>;

export async function saveSubmission(project: Project, made: Submission): Promise<string> {
  const path = join(folderOf(project), `${made.timestamp}.json`);
  await project.writeJson(path, made);
  return path;
}

/** All submissions of a project, the oldest first; files that are no records of any are passed over. */
export async function submissions(project: Project, onInvalid: OnInvalid): Promise<Submission[]> {
  const paths = (await namesIn(project)).map((name) => join(folderOf(project), name));
  return readValid(paths, async (path) => checked(await readJson(path, RECORD), submission), onInvalid);
}

/** The timestamps that submissions have, also those whose records cannot be read any more. */
export async function submissionTimes(project: Project): Promise<string[]> {
  return (await namesIn(project)).map((name) => name.slice(0, -".json".length));
}

const RECORD: SmallFile = {
  what: "a record of submitted jobs",
  most: 16 << 20,
  advice: "move it away; squeue tells of the jobs themselves",
};

async function namesIn(project: Project): Promise<string[]> {
  const names = await readdir(folderOf(project)).catch(() => [] as string[]);
  return names.filter((name) => /^\d.*\.json$/.test(name)).sort();
}

function folderOf(project: Project): string {
  return project.path("runs", "submitted");
}
