import { inputError } from "../../domain/errors.js";
import type { DataSource, HubSource } from "../../domain/template.js";
import { tableRows } from "../../storage/readers/tables/index.js";
import { filesOf } from "./files.js";
import type { Hub } from "./hub.js";
import { locateHub } from "./hub-files.js";
import { reviewSentences } from "./review-sentences.js";
import type { SourceRow } from "./source-row.js";

export type { SourceRow } from "./source-row.js";

/**
 * Rows of a template's source, in order. Relative paths are tried in the current folder, then below the project
 * directory.
 */
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

async function* rowsOfFiles(paths: readonly string[], signal?: AbortSignal): AsyncIterable<SourceRow> {
  for (const path of paths) yield* tableRows(path, signal);
}

async function* hubRows(source: HubSource, hub: Hub, signal?: AbortSignal): AsyncIterable<SourceRow> {
  const { repo, paths } = await locateHub(source, hub);
  for (const path of paths) {
    const local = await hub.file(repo, path);
    if (local === null)
      throw inputError(`${source.dataset}: there is no file ${path} at revision ${repo.revision}`);
    for await (const { row, origin } of tableRows(local, signal))
      yield { row, origin: `${source.dataset}/${path}${origin.slice(local.length)}` };
  }
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
