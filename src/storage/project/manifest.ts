import { execFile } from "node:child_process";
import { stat } from "node:fs/promises";
import { createRequire } from "node:module";
import { availableParallelism } from "node:os";
import { promisify } from "node:util";
import { z } from "zod";
import { inputError } from "../../domain/errors.js";
import { withSnakeKeys } from "../../domain/snake-case.js";
import { HOME } from "../package/folders.js";
import { checked, readJson } from "../readers/json-file.js";
import type { SmallFile } from "../readers/small-file.js";

/** Raised when the meaning of a field changes; a manifest of a newer version is refused. */
const MANIFEST_VERSION = 1;

const facts = z.record(z.string(), z.unknown());
const count = z.number().nullable();

/** A data set of the run: where its rows come from, what decides its rewrites, and what came of it. */
const dataset = z.object({
  /** A file with its SHA-256, a Hub repository with its commit, or what is embedded. */
  source: facts,
  /** SHA-256 of the template's text. */
  template_sha256: z.string(),
  concept: z.string(),
  rewrite_prompt: z.string().nullable(),
  rewriter: facts,
  labels: facts.nullable(),
  rows: z.object({ skipped: z.record(z.string(), z.number()) }),
  examples: z.number(),
  w_1: z.number(),
  w_0: z.number(),
  /** Examples without all rewrites, by reason and arm. */
  failed: z.record(z.string(), z.object({ w_1: z.number(), w_0: z.number() })),
  usage: z.preprocess(withSnakeKeys, z.record(z.string(), z.union([count, z.string(), z.boolean()]))),
  seconds: z.number(),
});

/** One reward model on one data set. */
const scores = z.object({
  dataset: z.string(),
  model: z.string(),
  reward_key: z.string(),
  facts,
  scored: z.number(),
  incomplete: z.number(),
  tokens: z.number(),
  truncated: z.number(),
  seconds: z.number(),
});

const estimate = z.object({
  dataset: z.string().nullable(),
  concept: z.string().nullable(),
  reward_key: z.string(),
  estimator: z.string(),
  estimand: z.string(),
  value: count,
  stderr: count,
  effect_size: count,
  effect_size_stderr: count,
  n: z.number(),
});

const body = z.object({
  manifest: z.literal(MANIFEST_VERSION),
  /** The configuration as it was taken: file and flags together, defaults filled in. */
  config: z.unknown(),
  environment: facts,
  datasets: z.record(z.string(), dataset),
  scores: z.record(z.string(), scores),
  estimates: z.array(estimate),
  seeds: z.record(z.string(), z.number()),
});

export type ManifestBody = z.infer<typeof body>;
export type DatasetFacts = z.infer<typeof dataset>;
export type ScoreFacts = z.infer<typeof scores>;

/** What every run's record holds, with a manifest or without. */
export const runFields = {
  timestamp: z.string().regex(/^\d{8}_\d{6}$/, "expected YYYYMMDD_HHMMSS"),
  smoke_test: z.boolean(),
  command: z.string(),
  version: z.string(),
  /** The folder that the command was given in. */
  directory: z.string(),
  status: z.enum(["unfinished", "finished"]),
  /** Files made, relative to the project directory. */
  outputs: z.array(z.string()).readonly(),
};

const record = z.preprocess(withSnakeKeys, z.looseObject({ ...runFields, manifest: body }));

/** A run's record with all that it takes to repeat the run, and to say what differs between two. */
export type Manifest = z.infer<typeof record>;

/** What a stage adds to the manifest of its run. */
export type Note =
  | { readonly dataset: string; readonly facts: DatasetFacts }
  | { readonly scores: string; readonly facts: ScoreFacts }
  | { readonly estimates: ManifestBody["estimates"] };

/** The manifest of a run that begins. */
export async function newManifest(
  config: unknown,
  seeds: Readonly<Record<string, number>>,
): Promise<ManifestBody> {
  return {
    manifest: MANIFEST_VERSION,
    config: withoutPasswords(config),
    environment: await environmentFacts(),
    datasets: {},
    scores: {},
    estimates: [],
    seeds,
  };
}

export function noted(manifest: ManifestBody, note: Note): ManifestBody {
  const clean = withoutPasswords(note);
  if ("dataset" in clean)
    return { ...manifest, datasets: { ...manifest.datasets, [clean.dataset]: withSnakeUsage(clean.facts) } };
  if ("scores" in clean) {
    const facts = { ...clean.facts, facts: withSnakeUsage(clean.facts.facts) };
    return { ...manifest, scores: { ...manifest.scores, [clean.scores]: facts } };
  }
  return { ...manifest, estimates: clean.estimates };
}

function withSnakeUsage<Facts extends object>(facts: Facts): Facts {
  return "usage" in facts ? { ...facts, usage: withSnakeKeys(facts.usage) } : facts;
}

/** What all stages together asked of language models, by data set or reward model; null where none was asked. */
export function usageOf({ datasets, scores }: ManifestBody): Record<string, unknown> | null {
  const used = new Map<string, { requests?: unknown; reused?: unknown }>();
  for (const [name, { usage }] of Object.entries(datasets))
    if (usage.requests || usage.reused) used.set(name, usage);
  // A judge counts over all that it scores in a run: what it said last is the most.
  for (const { reward_key: key, facts } of Object.values(scores)) {
    const usage = facts.usage as { requests: number } | undefined;
    if (usage && usage.requests >= Number(used.get(key)?.requests ?? 0)) used.set(key, usage);
  }
  return used.size > 0 ? Object.fromEntries(used) : null;
}

/** The same value with names and passwords taken out of addresses. */
export function withoutPasswords<Value>(value: Value): Value {
  const text = JSON.stringify(value) as string | undefined;
  return text === undefined ? value : JSON.parse(text.replace(/:\/\/[^/@\s"\\]+@/g, "://"));
}

/** What the numbers may depend on besides the data and the models. Never a key. */
async function environmentFacts(): Promise<Record<string, unknown>> {
  return {
    node: process.version,
    platform: process.platform,
    arch: process.arch,
    cores: availableParallelism(),
    onnxruntime: onnxVersion(),
    git_commit: await gitCommit(),
  };
}

function onnxVersion(): string | null {
  try {
    return createRequire(import.meta.url)("onnxruntime-node/package.json").version;
  } catch {
    return null;
  }
}

/** The commit of this program's own sources; null when it is installed as a package. */
async function gitCommit(): Promise<string | null> {
  const inGit = await stat(`${HOME}/.git`).catch(() => null);
  if (!inGit) return null;
  const call = promisify(execFile)("git", ["-C", HOME, "describe", "--always", "--dirty", "--abbrev=40"]);
  return call.then(
    ({ stdout }) => stdout.trim(),
    () => null,
  );
}

/** A run's record is some kilobytes. */
const MANIFEST: SmallFile = {
  what: "a manifest of a run",
  most: 64 << 20,
  advice: "manifests are in the project's runs/",
};

/**
 * Reads and checks a manifest. Throws with the file, the line and the field on what is none, and on one of a newer version.
 *
 * @example
 * const { manifest } = await readManifest("runs/20250101_120000.json");
 */
export async function readManifest(path: string): Promise<Manifest> {
  const file = await readJson(path, MANIFEST);
  const version = (file.value as { manifest?: { manifest?: unknown } } | null)?.manifest?.manifest;
  if (typeof version === "number" && version > MANIFEST_VERSION)
    throw inputError(
      `${path}: was written by a newer rate (manifest version ${version}, this one reads up to ${MANIFEST_VERSION}); update rate`,
    );
  return checked(file, record);
}
