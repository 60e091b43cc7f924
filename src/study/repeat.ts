import { checkConfig } from "../domain/config/parse.js";
import type { Config } from "../domain/config/schema.js";
import { inputError } from "../domain/errors.js";
import { escapeControls } from "../domain/escape-controls.js";
import type { DatasetJob } from "../rewriting/stage/dataset-job.js";
import { sourceFacts, templateHash } from "../rewriting/stage/facts.js";
import type { Context } from "../storage/project/context.js";
import type { Manifest } from "../storage/project/manifest.js";
import { withPathsIn } from "./config-paths.js";
import type { Difference } from "./manifest-diff.js";

/** The configuration of a manifest, with its paths as they were meant in the folder of the run. Throws when it is not one of `rate run`. */
export function configOf(manifest: Manifest, path: string): Config {
  if (manifest.command !== "run")
    throw inputError(
      `${path}: is the manifest of rate ${manifest.command}; only those of rate run can be repeated: give that command again`,
    );
  return withPathsIn(checkConfig(manifest.manifest.config, path), manifest.directory);
}

/** The same data sets, with what comes from the Hub at the commit that the run had. */
export function pinned(datasets: readonly DatasetJob[], { manifest }: Manifest): DatasetJob[] {
  return datasets.map((job) => {
    const { template } = job;
    const commit = manifest.datasets[template.name]?.source.commit;
    if (template.source.kind !== "hub" || typeof commit !== "string") return job;
    return { ...job, template: { ...template, source: { ...template.source, revision: commit } } };
  });
}

/** What of the data and templates is no longer as it was in the run. */
export async function changedInputs(
  datasets: readonly DatasetJob[],
  { manifest }: Manifest,
  context: Pick<Context, "project" | "environment" | "fetch" | "say">,
): Promise<Difference[]> {
  const found: Difference[] = [];
  for (const job of datasets) {
    const { name } = job.template;
    const before = manifest.datasets[name];
    if (!before) continue;
    const now = await sourceFacts(job.template.source, context);
    for (const key of ["sha256", "commit"]) {
      if (before.source[key] !== now[key])
        found.push({ place: `data of ${name}: ${key}`, a: before.source[key], b: now[key] });
    }
    if (before.template_sha256 !== templateHash(job))
      found.push({ place: `template of ${name}: sha256`, a: before.template_sha256, b: templateHash(job) });
  }
  return found;
}

export function differenceText({ place, a, b }: Difference): string {
  const text = (value: unknown) => (value === undefined ? "nothing" : escapeControls(JSON.stringify(value)));
  return `${escapeControls(place)}: ${text(a)} → ${text(b)}`;
}
