import { open, readdir, realpath, stat } from "node:fs/promises";
import { basename, extname, join, relative, sep } from "node:path";
import { inputError } from "../../domain/errors.js";
import type { StoredResults } from "../../estimation/stage/read-effects.js";
import { formOf } from "../../storage/examples/form.js";
import { Shape, type ShapeQuery } from "../../storage/examples/layout.js";
import { bytesOf } from "../../storage/examples/lines.js";
import { rewardKeysOf, treatedIn } from "../../storage/examples/record.js";
import { readRecords } from "../../storage/examples/stored.js";
import type { Reached } from "../../storage/project/progress.js";
import type { RunRecord } from "../../storage/project/runs.js";
import type { Form } from "./answers.js";

/** A file that can be looked at. `name` is how addresses call it; `path` never leaves the server. */
export interface Entry {
  readonly name: string;
  readonly path: string;
  readonly size: number;
  readonly changed: number;
  readonly content: Content;
}

export type Content =
  | { readonly kind: "examples"; readonly form: Form }
  | { readonly kind: "results"; readonly results: StoredResults }
  | { readonly kind: "run"; readonly run: RunRecord; readonly reached: readonly Reached[] }
  | { readonly kind: "figure"; readonly type: string }
  | { readonly kind: "broken"; readonly reason: string }
  | { readonly kind: "other" };

/** Folders of a project that are looked through, with all that is below them. */
const FOLDERS = ["data", "effects", "runs", "plots", "reports", "synthetic"];
const DEPTH = 6;
const MOST_FILES = 5_000;
/** Effects files are small; what is larger and holds no examples is something else. */
const MOST_JSON = 64 << 20;
const HEAD = 1 << 16;
const FRESH_MS = 700;

const FIGURES: Readonly<Record<string, string>> = {
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".pdf": "application/pdf",
  ".html": "text/html; charset=utf-8",
};

/** What there is to see below the folders and among the files that were given. It is looked through again when asked, at most about once a second. */
export class Catalog {
  private entries = new Map<string, Entry>();
  private looked = Number.NEGATIVE_INFINITY;
  private looking: Promise<void> | null = null;

  private constructor(
    private readonly roots: readonly Root[],
    /** How scores made elsewhere are understood. */
    readonly query: ShapeQuery,
  ) {}

  /** Throws when something given is not there. */
  static async open(paths: readonly string[], query: ShapeQuery = {}): Promise<Catalog> {
    const roots: Root[] = [];
    for (const path of paths) {
      const found = await stat(path).catch((cause) => {
        throw inputError(
          cause.code === "ENOENT"
            ? `${path}: there is no such file or folder`
            : `${path}: cannot be read (${cause.message})`,
          cause,
        );
      });
      const real = await realpath(path);
      const taken = roots.filter(({ label }) => label === basename(real)).length;
      const label = taken === 0 ? basename(real) : `${basename(real)} (${taken + 1})`;
      roots.push({ path: real, label, folder: found.isDirectory() });
    }
    return new Catalog(roots, query);
  }

  /** How what was given is called. */
  get title(): string {
    return this.roots.map(({ label }) => label).join(", ");
  }

  async all(): Promise<readonly Entry[]> {
    await this.refresh();
    return [...this.entries.values()];
  }

  /** The file that an address names; only what the catalog itself has found can be named. */
  async find(name: string): Promise<Entry | undefined> {
    await this.refresh();
    return this.entries.get(name);
  }

  private async refresh(): Promise<void> {
    if (performance.now() - this.looked < FRESH_MS) return;
    this.looking ??= this.look().finally(() => {
      this.looked = performance.now();
      this.looking = null;
    });
    await this.looking;
  }

  private async look(): Promise<void> {
    const found = new Map<string, Entry>();
    for (const root of this.roots) {
      const paths = root.folder ? await filesOf(root.path) : [root.path];
      for (const path of paths) {
        const inside = root.folder ? relative(root.path, path) : root.label;
        const name = root.folder && this.roots.length > 1 ? join(root.label, inside) : inside;
        const entry = await this.entryOf(name, path, root);
        if (entry) found.set(name, entry);
      }
    }
    this.entries = found;
  }

  /** What is in a file, as known from before where it has not changed. */
  private async entryOf(name: string, path: string, root: Root): Promise<Entry | null> {
    const real = await realpath(path).catch(() => null);
    if (real === null || !isInside(real, root)) return null;
    const info = await stat(real).catch(() => null);
    if (!info?.isFile()) return null;
    const known = this.entries.get(name);
    const same = known && known.size === info.size && known.changed === info.mtimeMs;
    // An example's file that grows stays one; what is told of a run's progress stands in another file than the run's.
    const keeps = known?.content.kind === "examples" && known.path === real && info.size >= known.size;
    const content =
      known && known.content.kind !== "run" && (same || keeps)
        ? known.content
        : await contentOf(real, !root.folder, this.query);
    return { name, path: real, size: info.size, changed: info.mtimeMs, content };
  }
}

interface Root {
  readonly path: string;
  readonly label: string;
  readonly folder: boolean;
}

function isInside(path: string, root: Root): boolean {
  return root.folder
    ? path.startsWith(root.path.endsWith(sep) ? root.path : root.path + sep)
    : path === root.path;
}

/** Files right in a folder, and all that is below the folders of a project. */
async function filesOf(root: string): Promise<string[]> {
  const found: string[] = [];
  const walk = async (folder: string, depth: number): Promise<void> => {
    const names = await readdir(folder, { withFileTypes: true }).catch(() => []);
    for (const entry of names.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      if (entry.name.startsWith(".") || found.length >= MOST_FILES) continue;
      const path = join(folder, entry.name);
      if (!entry.isDirectory()) found.push(path);
      else if (depth > 0 || FOLDERS.includes(entry.name)) {
        if (depth < DEPTH && entry.name !== "node_modules") await walk(path, depth + 1);
      }
    }
  };
  await walk(root, 0);
  return found;
}

/** What is in a file. One that the call names may be a table of scores made elsewhere; those of a folder are often something else. */
async function contentOf(path: string, named: boolean, query: ShapeQuery): Promise<Content> {
  const type = FIGURES[extname(path).toLowerCase()];
  if (type) return { kind: "figure", type };
  try {
    if (/\.jsonl?(\.gz|\.zst)?$/i.test(path)) return await jsonContentOf(path, named, query);
    return named ? await examplesOf(path, query) : { kind: "other" };
  } catch (cause) {
    return { kind: "broken", reason: (cause as Error).message };
  }
}

async function jsonContentOf(path: string, named: boolean, query: ShapeQuery): Promise<Content> {
  const head = await headOf(path);
  if (/^\s*\{"journal":\d+,"purpose":"rewrites of /.test(head)) return { kind: "examples", form: "journal" };
  if (/(?<!\\)"completions"\s*:/.test(head))
    return { kind: "examples", form: await formOf(path, new Shape(query)) };
  if (!/\.json$/i.test(path) || (await stat(path)).size > MOST_JSON)
    return named || /\.jsonl(\.gz|\.zst)?$/i.test(path) ? examplesOf(path, query) : { kind: "other" };
  // Schemas cost more to load than all else here, and a file of examples alone needs none.
  const [{ EFFECTS, resultsIfAny }, { readJson }, { runRecordOf }] = await Promise.all([
    import("../../estimation/stage/read-effects.js"),
    import("../../storage/readers/json-file.js"),
    import("../../storage/project/runs.js"),
  ]);
  const file = await readJson(path, EFFECTS);
  const results = resultsIfAny(file);
  if (results) return { kind: "results", results };
  const run = runRecordOf(file.value);
  if (run) return { kind: "run", run, reached: await reachedBy(path) };
  return named ? examplesOf(path, query) : { kind: "other" };
}

/** Scores made elsewhere, in any shape: the first example tells. */
async function examplesOf(path: string, query: ShapeQuery): Promise<Content> {
  for await (const { record } of readRecords(path, query)) {
    const isExample =
      treatedIn(record) !== null && (rewardKeysOf(record).length > 0 || "completions" in record);
    return isExample ? { kind: "examples", form: "table" } : { kind: "other" };
  }
  return { kind: "other" };
}

/** The beginning of a file, as far as its first line that tells what it holds may reach. */
async function headOf(path: string): Promise<string> {
  let head = "";
  if (/\.(gz|zst)$/i.test(path)) {
    for await (const piece of bytesOf(path, HEAD)) {
      head += piece.toString("utf8");
      if (head.length >= HEAD || head.includes("completions")) break;
    }
    return head;
  }
  const handle = await open(path, "r");
  try {
    // A first line may be as long as a text is: then its end is looked for, but not for ever.
    for (let size = HEAD; size <= HEAD << 10; size <<= 2) {
      const bytes = Buffer.alloc(size);
      const { bytesRead } = await handle.read(bytes, 0, size, 0);
      head = bytes.toString("utf8", 0, bytesRead);
      if (bytesRead < size || /(?<!\\)"completions"\s*:|\n./.test(head)) break;
    }
    return head;
  } finally {
    await handle.close();
  }
}

/** How far the processes of a run say they are: small files beside its record. */
async function reachedBy(record: string): Promise<Reached[]> {
  const folder = join(record, "..");
  const own = (await readdir(folder)).filter(
    (name) => name.startsWith(basename(record)) && name.endsWith(".progress"),
  );
  const { readProgress } = await import("../../storage/project/progress.js");
  const all = await Promise.all(own.map((name) => readProgress(join(folder, name))));
  return all.filter((reached) => reached !== null);
}
