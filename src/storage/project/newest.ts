import { join } from "node:path";
import { inputError } from "../../domain/errors.js";
import { fileName, PACKED, TIMESTAMP } from "./file-names.js";
import type { Project } from "./project.js";

/** Which rewrites or scored files are looked for. */
export interface Wanted {
  readonly dataset: string;
  readonly smokeTest: boolean;
}

/** The newest rewrites file of a data set. */
export function newestRewrites(project: Project, { dataset, smokeTest }: Wanted): Promise<string> {
  const name = new RegExp(
    `^${literal(fileName(dataset))}_dataset_${TIMESTAMP}${smokeTest ? "_smoke_test" : ""}\\.jsonl?${PACKED}$`,
  );
  return project.newest(
    project.path("data", "rewrites"),
    (file) => name.test(file),
    `${smokeTest ? "smoke test's " : ""}rewrites file of ${dataset}`,
    "rate create-dataset makes it",
  );
}

/** The scored file that a configuration names, or the newest that fits. */
export async function newestScored(
  project: Project,
  wanted: {
    /** Below `data/scored`. */
    readonly folder: string | null;
    readonly filename: string | null;
    readonly dataset: string | null;
    /** The model in the file's name; null for any. */
    readonly score: string | null;
    readonly smokeTest: boolean;
    /** Models that are not meant. */
    readonly not?: readonly string[];
    /** Data sets whose names begin with this one's. */
    readonly others?: readonly string[];
  },
): Promise<string> {
  const { dataset, score, smokeTest, not = [], others = [] } = wanted;
  const folder = project.path("data", "scored", ...(wanted.folder ? [wanted.folder] : []));
  if (wanted.filename) return join(folder, wanted.filename);
  if (dataset === null)
    throw inputError("effects: name the data set (dataset_name) or the file (dataset_filename)");
  const start = `${fileName(dataset)}_`;
  const longer = others
    .map((other) => `${fileName(other)}_`)
    .filter((other) => other !== start && other.startsWith(start));
  const excluded = new Set(not.map(fileName));
  const fits = (name: string) => {
    const model = modelIn(name, start, smokeTest);
    if (model === null || excluded.has(model)) return false;
    if (score !== null) return model === fileName(score);
    return !longer.some((other) => name.startsWith(other));
  };
  return project.newest(
    folder,
    fits,
    `${smokeTest ? "smoke test's " : ""}scored file of ${dataset}${score === null ? "" : ` by ${score}`}`,
    "rate score makes it",
  );
}

/** The model in a scored file's name; null when the file is of another kind. */
function modelIn(name: string, start: string, smokeTest: boolean): string | null {
  if (!name.startsWith(start)) return null;
  const rest = SCORED.exec(name.slice(start.length))?.groups;
  return rest && (rest.smoke !== undefined) === smokeTest ? rest.model! : null;
}

const SCORED = new RegExp(`^(?<model>.+?)(?<smoke>_smoke_test)?_scored_${TIMESTAMP}\\.jsonl?${PACKED}$`);

/** The data set in the name of a scored or rewrites file; the whole name without its end where it has another form. */
export function datasetInName(path: string, models: readonly string[]): string {
  const name = path.split(/[\\/]/).at(-1)!;
  const bare = name.replace(/\.(gz|zst)$/i, "").replace(/\.[^.]+$/, "");
  const rewrites = new RegExp(`^(.+)_dataset_${TIMESTAMP}(?:_smoke_test)?$`).exec(bare)?.[1];
  if (rewrites !== undefined) return rewrites;
  const scored = new RegExp(`^(.+?)(?:_smoke_test)?_scored_${TIMESTAMP}$`).exec(bare)?.[1];
  if (scored === undefined) return bare;
  const model = models
    .map(fileName)
    .find((end) => scored.endsWith(`_${end}`) && scored.length > end.length + 1);
  return model === undefined ? scored : scored.slice(0, -model.length - 1);
}

function literal(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
