import { configSchema } from "../domain/config/schema.js";
import type { Manifest } from "../storage/project/manifest.js";
import { withPathsIn } from "./config-paths.js";

/** A value that differs between two manifests, by its place; undefined where one has none. */
export interface Difference {
  readonly place: string;
  readonly a: unknown;
  readonly b: unknown;
}

/** An estimate that both runs have, and how far apart the two are. */
export interface EstimateDifference {
  readonly dataset: string | null;
  readonly concept: string | null;
  readonly reward_key: string;
  readonly estimator: string;
  readonly estimand: string;
  readonly a: number | null;
  readonly b: number | null;
  /** In the unit of the reward. */
  readonly difference: number | null;
  /** difference / √(se_a² + se_b²): as if the runs were independent, so runs on the same data differ by more than it says. Null without standard errors. */
  readonly standard_errors: number | null;
}

export interface ManifestDiff {
  /** Whether all that decides the result is the same: program, configuration, data, models, prompts and seeds. */
  readonly same_input: boolean;
  readonly same_estimates: boolean;
  readonly program: readonly Difference[];
  readonly environment: readonly Difference[];
  readonly config: readonly Difference[];
  readonly data: readonly Difference[];
  readonly prompts: readonly Difference[];
  readonly models: readonly Difference[];
  readonly seeds: readonly Difference[];
  readonly counts: readonly Difference[];
  readonly usage: readonly Difference[];
  readonly timings: readonly Difference[];
  readonly estimates: readonly EstimateDifference[];
}

/**
 * What differs between two runs, by kind. Estimates are listed where the numbers differ or one run has none.
 *
 * @example
 * const [a, b] = await Promise.all(["a.json", "b.json"].map(readManifest));
 * diffManifests(a!, b!).same_estimates;
 */
export function diffManifests(a: Manifest, b: Manifest): ManifestDiff {
  const of = (part: (manifest: Manifest) => unknown) => differences(part(a), part(b));
  const perDataset = (part: (facts: Manifest["manifest"]["datasets"][string]) => unknown) =>
    of(({ manifest }) => mapped(manifest.datasets, part));
  const perScore = (part: (facts: Manifest["manifest"]["scores"][string]) => unknown) =>
    of(({ manifest }) => mapped(manifest.scores, part));
  const program = of(({ version, command }) => ({ version, command }));
  const config = of(({ manifest, directory }) => withFile(manifest.config, directory));
  // A file is what it holds, wherever it lies.
  const data = perDataset(({ source: { path, ...source }, template_sha256 }) => ({
    source: source.kind === "file" ? source : { path, ...source },
    template_sha256,
  }));
  const prompts = perDataset(({ rewrite_prompt, rewriter, labels }) => ({
    rewrite_prompt,
    rewriter,
    labels,
  }));
  const models = perScore(({ reward_key, facts }) => ({ reward_key, facts }));
  const seeds = of(({ manifest }) => manifest.seeds);
  const estimates = estimateDifferences(a, b);
  return {
    same_input: [program, config, data, prompts, models, seeds].every((found) => found.length === 0),
    same_estimates: estimates.length === 0,
    program,
    environment: of(({ manifest }) => manifest.environment),
    config,
    data,
    prompts,
    models,
    seeds,
    counts: [
      ...perDataset(({ rows, examples, w_1, w_0, failed }) => ({ rows, examples, w_1, w_0, failed })),
      ...perScore(({ scored, incomplete, tokens, truncated }) => ({ scored, incomplete, tokens, truncated })),
    ],
    usage: perDataset(({ usage }) => usage),
    timings: [...perDataset(({ seconds }) => ({ seconds })), ...perScore(({ seconds }) => ({ seconds }))],
    estimates,
  };
}

function mapped<Value>(values: Readonly<Record<string, Value>>, part: (value: Value) => unknown) {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, part(value)]));
}

/** The configuration with its paths as they were meant in the folder of the run; one of another form as it is. */
function withFile(config: unknown, directory: string): unknown {
  const parsed = configSchema.safeParse(config);
  return parsed.success ? { ...(config as object), ...withPathsIn(parsed.data, directory) } : config;
}

/** Leaves that differ, in the order of the first value's keys. */
function differences(a: unknown, b: unknown, place = ""): Difference[] {
  if (isObject(a) && isObject(b)) {
    const keys = [...new Set([...Object.keys(a), ...Object.keys(b)])];
    return keys.flatMap((key) => differences(a[key], b[key], place === "" ? key : `${place}.${key}`));
  }
  return JSON.stringify(a) === JSON.stringify(b) ? [] : [{ place, a, b }];
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

type Estimate = Manifest["manifest"]["estimates"][number];

function estimateDifferences(a: Manifest, b: Manifest): EstimateDifference[] {
  const [first, second] = [a, b].map(
    ({ manifest }) => new Map(manifest.estimates.map((estimate) => [keyOf(estimate), estimate])),
  ) as [Map<string, Estimate>, Map<string, Estimate>];
  return [...new Set([...first.keys(), ...second.keys()])].flatMap((key) => {
    const [one, other] = [first.get(key), second.get(key)];
    const same = one && other && one.value === other.value && one.stderr === other.stderr;
    if (same) return [];
    const { dataset, concept, reward_key, estimator, estimand } = (one ?? other)!;
    const [x, y] = [one?.value ?? null, other?.value ?? null];
    const difference = x === null || y === null ? null : y - x;
    const error = one?.stderr == null || other?.stderr == null ? null : Math.hypot(one.stderr, other.stderr);
    const standard_errors = difference === null || !error ? null : difference / error;
    return [{ dataset, concept, reward_key, estimator, estimand, a: x, b: y, difference, standard_errors }];
  });
}

function keyOf({ dataset, concept, reward_key, estimator, estimand }: Estimate): string {
  return JSON.stringify([dataset, concept, reward_key, estimator, estimand]);
}
