import { extname } from "node:path";
import type { EffectsConfig } from "../../domain/config/schema.js";
import type { Inference } from "./effects.js";

/** One or several, as a list. */
export function list(value: string | string[] | undefined): string[] {
  return value === undefined ? [] : Array.isArray(value) ? value : [value];
}

/** A data set's name from the name of its file. */
export function nameFromFile(path: string): string {
  const base = path.split(/[\\/]/).at(-1) ?? path;
  return base
    .replace(/\.(gz|zst)$/i, "")
    .slice(0, -extname(base.replace(/\.(gz|zst)$/i, "")).length || undefined);
}

/** Replicates where a bootstrap is asked for without saying how many. */
const REPLICATES = 10_000;

/** How uncertainty is to be expressed; without a block, as by default. */
export function inferenceOf(config: Partial<EffectsConfig> | undefined): Inference {
  return {
    standardError: config?.stderr ?? "paired",
    interval: config?.ci ?? (config?.bootstrap === undefined ? "t" : "bca"),
    level: config?.level ?? 0.95,
    negligible: config?.negligible ?? 0.1,
    clusterBy: config?.cluster_by ?? null,
    bootstrap: config?.bootstrap ?? REPLICATES,
    seed: config?.seed ?? 0,
    groupBy: config?.by ?? null,
    humanKey: config?.human_key ?? null,
    columns: config?.columns ?? null,
    sensitivity: config?.sensitivity ?? "auto",
    reference: config?.reference ?? null,
  };
}
