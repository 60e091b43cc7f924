/** A whole study from a configuration, as the command line does it. */

import { checkConfig, parseConfig } from "../domain/config/parse.js";
import type { Config } from "../domain/config/schema.js";
import { inputError } from "../domain/errors.js";
import { inferenceOf } from "../estimation/stage/choices.js";
import { HOME } from "../storage/package/folders.js";
import { readSmall } from "../storage/readers/small-file.js";
import { checkLimits } from "../study/check.js";
import { planChecks } from "../study/check-plan.js";
import { type ProjectStatus, projectStatus } from "../study/cluster/status.js";
import { examine } from "../study/doctor/doctor.js";
import type { Finding } from "../study/doctor/finding.js";
import type { Workspace } from "../study/workspace.js";

export type { Config } from "../domain/config/schema.js";
export { type Manifest, readManifest } from "../storage/project/manifest.js";
export { diffManifests, type ManifestDiff } from "../study/manifest-diff.js";
export {
  createDatasets,
  type RunChoices,
  type RunResult,
  runConfiguration,
} from "../study/run-configuration.js";
export { type Estimated, estimateDatasets, type ScoreChoices, scoreDatasets } from "../study/stage-runs.js";
export { type Observer, openWorkspace, type Workspace, type WorkspaceOptions } from "../study/workspace.js";

/**
 * Checks a configuration, written as an object with the keys of `config.yaml`.
 *
 * @throws an input error that names every key that is unknown or has the wrong type
 * @example
 * const config = parseConfiguration({
 *   rewrites: { dataset_name: "reviews_length" },
 *   scoring: { model: "embedded" },
 * });
 */
export function parseConfiguration(value: unknown): Config {
  return checkConfig(value, "the configuration");
}

/**
 * Reads a configuration file.
 *
 * @throws an input error that names the line of every key that is unknown or has the wrong type
 * @example
 * const config = await readConfiguration("config.yaml");
 */
export async function readConfiguration(path: string): Promise<Config> {
  return parseConfig(await readSmall(path, { what: "a configuration", most: 16 << 20, advice: "" }), path);
}

/**
 * Holds effects against the limits of a configuration's `check` block, as `rate check`.
 *
 * @param files - scored or effects files; default: the newest scored files of the configuration
 * @returns `verdict`: `pass`, `fail` or `undecided`, and a row for each limit
 * @example
 * const config = parseConfiguration({ check: { limits: [{ concept: "length", within: 0.1 }] } });
 * const { verdict } = await checkConfiguration(config, await openWorkspace(), { effects: ["effects.json"] });
 */
export async function checkConfiguration(
  config: Config,
  { project }: Workspace,
  files: { readonly datasets?: readonly string[]; readonly effects?: readonly string[] } = {},
): ReturnType<typeof checkLimits> {
  const { check } = config;
  if (!check) throw inputError("the configuration has no check block, which says the limits");
  const found = { datasets: files.datasets ?? [], effects: files.effects ?? [] };
  const works = await planChecks(check.limits, config, found, project, "check.limits");
  return checkLimits(works, { ...check, inference: inferenceOf(config.effects) });
}

/**
 * How submitted jobs and unfinished runs of a project stand, as `rate status`.
 *
 * @example
 * const { runs } = await statusOf(await openWorkspace({ directory: "my-study" }));
 */
export async function statusOf({ project, environment, observer }: Workspace): Promise<ProjectStatus> {
  return projectStatus(project, environment, "current", (error) => observer.skipped(error));
}

/**
 * What is set up and what is missing, for a configuration or in general, as `rate doctor`. Nothing is asked that costs money.
 *
 * @example
 * const missing = (await findMissing(await openWorkspace())).filter(({ status }) => status === "missing");
 */
export async function findMissing(
  { project, environment }: Workspace,
  config: Config | null = null,
): Promise<Finding[]> {
  const folder = process.cwd();
  const world = { environment, folder, project: project.directory, fetch, now: () => new Date(), home: HOME };
  return examine(world, config);
}
