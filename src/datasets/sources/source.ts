import { inputError } from "../../domain/errors.js";
import type { DataSource, HubSource } from "../../domain/template.js";
import { tableRows } from "../../storage/readers/tables/index.js";
import { filesOf } from "./files.js";
import type { Hub } from "./hub.js";
import { reviewSentences } from "./review-sentences.js";
import type { SourceRow } from "./source-row.js";

export type { SourceRow } from "./source-row.js";

/** Rows of a template's source, in order. Relative paths are tried in the current folder, then below the project directory. */
export async function* openSource(
  source: DataSource,
  {
    projectDirectory,
    hub,
    signal,
  }: { readonly projectDirectory: string; readonly hub: Hub; readonly signal?: AbortSignal },
): AsyncIterable<SourceRow> {
  const paths = source.kind === "file" ? await filesOf(source.path, projectDirectory) : [];
  const rows = () =>
    source.kind === "review_sentences"
      ? reviewSentences()
      : source.kind === "hub"
        ? hubRows(source, hub, signal)
        : rowsOfFiles(paths, signal);
  if (!source.take) yield* rows();
  else if ("first" in source.take) yield* first(rows(), source.take.first);
  else yield* last(rows, source.take.last);
}

/** The branch on which the Hub keeps every public data set as Parquet, at `<config>/<split>/0000.parquet` and on. */
const PARQUET_BRANCH = "refs/convert/parquet";

/** The revision that a Hub source is read at. */
export function revisionOf({ revision, path }: HubSource): string {
  return revision ?? (path === undefined ? PARQUET_BRANCH : "main");
}

async function* rowsOfFiles(paths: readonly string[], signal?: AbortSignal): AsyncIterable<SourceRow> {
  for (const path of paths) yield* tableRows(path, signal);
}

async function* hubRows(source: HubSource, hub: Hub, signal?: AbortSignal): AsyncIterable<SourceRow> {
  const revision = revisionOf(source);
  const repo = await hub.pin({ type: "dataset", name: source.dataset, revision });
  const paths = source.path === undefined ? splitFiles(source, await hub.list(repo, "")) : [source.path];
  for (const path of paths) {
    const local = await hub.file(repo, path);
    if (local === null)
      throw inputError(`${source.dataset}: there is no file ${path} at revision ${revision}`);
    for await (const { row, origin } of tableRows(local, signal))
      yield { row, origin: `${source.dataset}/${path}${origin.slice(local.length)}` };
  }
}

/** The Parquet files of a split, in order. */
function splitFiles({ dataset, config, split }: HubSource, paths: readonly string[]): string[] {
  const found = paths.flatMap((path) => {
    const parts = /^([^/]+)\/(?:partial-)?([^/]+)\/\d+\.parquet$/.exec(path);
    return parts ? [{ path, config: parts[1]!, split: parts[2]! }] : [];
  });
  const configs = [...new Set(found.map((file) => file.config))];
  const wanted = config ?? (configs.length === 1 ? configs[0] : "default");
  const files = found.filter((file) => file.config === wanted);
  if (files.length === 0)
    throw inputError(
      `${dataset}: name one of its configurations (${configs.join(", ") || "it has no Parquet files; name a file of it with path"})`,
    );
  const chosen = files.filter((file) => file.split === split).map((file) => file.path);
  if (chosen.length > 0) return chosen;
  throw inputError(
    `${dataset}: there is no split ${split} (known: ${[...new Set(files.map((file) => file.split))].join(", ")})`,
  );
}

async function* first(rows: AsyncIterable<SourceRow>, count: number): AsyncIterable<SourceRow> {
  let left = count;
  for await (const row of rows) {
    if (left <= 0) return;
    left -= 1;
    yield row;
  }
}

/** The source is read twice, since its last rows may be too many to keep while more of them come. */
async function* last(rows: () => AsyncIterable<SourceRow>, count: number): AsyncIterable<SourceRow> {
  let before = -count;
  for await (const _ of rows()) before += 1;
  for await (const row of rows()) {
    before -= 1;
    if (before < 0) yield row;
  }
}
