import { inputError } from "../../domain/errors.js";
import type { HubSource } from "../../domain/template.js";
import { tableKind } from "../../storage/readers/tables/index.js";
import type { Hub, PinnedRepo } from "./hub.js";

/** The branch on which the Hub keeps every public data set as Parquet, at `<config>/<split>/0000.parquet` and on. */
const PARQUET_BRANCH = "refs/convert/parquet";

/** The files of a Hub source, at a commit. */
export interface HubFiles {
  readonly repo: PinnedRepo;
  readonly paths: readonly string[];
  /** What is missing of the split, in words; null where it is whole as far as can be told. */
  readonly partial: string | null;
}

/**
 * Finds the files of a split. Where no revision is named, they are the Parquet files that the Hub makes of every
 * public data set; where those cannot be had (offline, with a cache that Python's `datasets` has filled from the main
 * branch), the split's files on `main`.
 */
export async function locateHub(source: HubSource, hub: Hub): Promise<HubFiles> {
  const { path, revision } = source;
  const pin = (at: string) => hub.pin({ type: "dataset", name: source.dataset, revision: at });
  if (path !== undefined) return { repo: await pin(revision ?? "main"), paths: [path], partial: null };
  const filesAt = async (at: string): Promise<HubFiles> => {
    const repo = await pin(at);
    return { repo, ...splitFiles(source, await hub.list(repo, "")) };
  };
  if (revision !== undefined) return filesAt(revision);
  try {
    return await filesAt(PARQUET_BRANCH);
  } catch (cause) {
    return filesAt("main").catch(() => {
      throw cause;
    });
  }
}

interface Found {
  readonly path: string;
  readonly config: string;
  readonly split: string;
  readonly isPart: boolean;
}

/** The files of a split, in order. */
function splitFiles(source: HubSource, all: readonly string[]): Pick<HubFiles, "paths" | "partial"> {
  const { dataset, config, split } = source;
  const converted = all.flatMap((path) => convertedFile(path));
  const found = converted.length > 0 ? converted : all.flatMap((path) => ownFile(path));
  const configs = [...new Set(found.map((file) => file.config))];
  const wanted = config ?? (configs.length === 1 ? configs[0] : "default");
  const files = found.filter((file) => file.config === wanted);
  if (files.length === 0)
    throw inputError(
      `${dataset}: name one of its configurations (${configs.join(", ") || "it has no tables by split; name a file of it with path"})`,
    );
  const ofSplit = files.filter((file) => file.split === split);
  if (ofSplit.length === 0)
    throw inputError(
      `${dataset}: there is no split ${split} (known: ${[...new Set(files.map((file) => file.split))].join(", ")})`,
    );
  // A repository may hold a split in several forms.
  const kinds = [".parquet", ".jsonl", ".ndjson", ".json", ".csv", ".tsv"];
  const kind = kinds.find((one) => ofSplit.some(({ path }) => tableKind(path) === one));
  const chosen = ofSplit.filter(({ path }) => tableKind(path) === kind);
  return { paths: chosen.map(({ path }) => path), partial: partialOf(source, chosen) };
}

/** A file of the Parquet branch. */
function convertedFile(path: string): Found[] {
  const parts = /^([^/]+)\/(partial-)?([^/]+)\/\d+\.parquet$/.exec(path);
  return parts ? [{ path, config: parts[1]!, split: parts[3]!, isPart: parts[2] !== undefined }] : [];
}

/** The words by which file and folder names tell the splits. */
const SPLITS = {
  train: /train(?:ing)?/,
  validation: /validation|valid|dev|val/,
  test: /test(?:ing)?|eval(?:uation)?/,
};

/**
 * A table as data sets keep them: `data/train-00000-of-00002.parquet`, `plain_text/train-….parquet`,
 * `train.jsonl.gz`.
 */
function ownFile(path: string): Found[] {
  if (tableKind(path) === null) return [];
  const steps = path.split("/");
  const split = Object.entries(SPLITS).find(([, word]) =>
    new RegExp(`(?:^|[-_./ ])(?:${word.source})(?:[-_./ \\d]|$)`).test(path),
  )?.[0];
  if (split === undefined) return [];
  const folder = steps.length > 1 && steps[0] !== "data" ? steps[0]! : "default";
  const isSplitFolder = Object.values(SPLITS).some((word) => new RegExp(`^(?:${word.source})$`).test(folder));
  return [{ path, config: isSplitFolder ? "default" : folder, split, isPart: false }];
}

/**
 * What is missing of a split's files: the Hub has converted its beginning alone, or not all numbered files are there.
 */
function partialOf({ dataset, split }: HubSource, files: readonly Found[]): string | null {
  if (files.some(({ isPart }) => isPart))
    return `the Hub keeps only the beginning of the split ${split} of ${dataset} as Parquet; for all of it name its files (path, revision: main)`;
  const counts = files
    .map(({ path }) => /-(\d{5})-of-(\d{5})/.exec(path)?.[2])
    .filter((count) => count !== undefined);
  const count = Number(counts[0] ?? files.length);
  return count === files.length
    ? null
    : `only ${files.length} of the ${count} files of the split ${split} of ${dataset} are at hand; fetch the others for all of it`;
}
