import { join } from "node:path";
import { inputError } from "../../domain/errors.js";
import type { Project } from "./project.js";

/** The scored file that a configuration names, or the newest that fits. */
export async function newestScored(
  project: Project,
  wanted: {
    readonly folder: string | null;
    readonly filename: string | null;
    readonly dataset: string | null;
    readonly score: string | null;
    readonly smokeTest: boolean;
  },
): Promise<string> {
  const folder = project.path("data", "scored", ...(wanted.folder ? [wanted.folder] : []));
  if (wanted.filename) return join(folder, wanted.filename);
  if (wanted.dataset === null)
    throw inputError("effects: name the data set (dataset_name) or the file (dataset_filename)");
  const start = wanted.score === null ? `${wanted.dataset}_` : `${wanted.dataset}_${wanted.score}_`;
  const fits = (name: string) =>
    name.startsWith(start) &&
    name.endsWith(".jsonl") &&
    name.includes("_scored_") &&
    name.includes("_smoke_test") === wanted.smokeTest;
  return project.newest(
    folder,
    fits,
    `${wanted.smokeTest ? "smoke test's " : ""}scored file of ${wanted.dataset}`,
  );
}
