import { extname } from "node:path";
import type { EffectsConfig } from "../config/schema.js";
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

/** How uncertainty is to be expressed; without a block, as by default. */
export function inferenceOf(config: EffectsConfig | undefined): Inference {
  return {
    standardError: config?.stderr ?? "paired",
    interval: config?.ci ?? "normal",
    level: config?.level ?? 0.95,
    clusterBy: config?.cluster_by ?? null,
  };
}
