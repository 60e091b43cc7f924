import { readdir, readFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { workError } from "../../domain/errors.js";
import { type Shard, shardsOf } from "../../domain/shard.js";
import { timestampOf } from "../../storage/project/file-names.js";
import { newestFirst, type Project } from "../../storage/project/project.js";
import { type Combined, combineFiles } from "./combine.js";

export interface ShardSet {
  /** The data set's and the recipe's name in file names. */
  readonly dataset: string;
  readonly model: string;
  readonly smokeTest: boolean;
  readonly count: number;
}

/** What is added up over the shards' template files. */
const COUNTS = ["scored", "incomplete", "tokens", "truncated"];

/**
 * Joins the newest shards of one reward model's scores into the scored file that one process would have made, under the shards' timestamp, with
 * its template file. Throws when shards are missing, naming them.
 */
export async function combineShards(set: ShardSet, project: Project): Promise<Combined & { file: string }> {
  const timestamp = await newestTimestamp(set, project);
  const stamp = { timestamp, smokeTest: set.smokeTest };
  const shards = shardsOf(set.count);
  const pathOf = (shard?: Shard) => project.scored(set.dataset, set.model, stamp, shard);
  const present = new Set(await namesIn(dirname(pathOf(shards[0]))));
  const missing = shards.filter((shard) => !present.has(basename(pathOf(shard))));
  if (missing.length > 0) {
    throw workError(
      `${project.show(dirname(pathOf(shards[0])))}: of the scores of ${timestamp}, ${missing.length} of ${set.count} shards are not there (${missing
        .slice(0, 8)
        .map(({ index }) => index)
        .join(
          ", ",
        )}${missing.length > 8 ? " …" : ""}); finish them first (rate score … --shard ${missing[0]!.index}/${set.count})`,
    );
  }
  const facts = await Promise.all(
    shards.map(async (shard) => {
      const path = project.scoredTemplate(set.dataset, set.model, stamp, shard);
      return JSON.parse(await readFile(path, "utf8")) as Record<string, unknown>;
    }),
  );
  const file = pathOf();
  const combined = await combineFiles(shards.map(pathOf), file, project);
  await project.writeJson(
    project.scoredTemplate(set.dataset, set.model, stamp),
    joinedFacts(facts, set.count),
  );
  return { ...combined, file };
}

function joinedFacts(facts: readonly Record<string, unknown>[], count: number): Record<string, unknown> {
  const { shard: _, ...first } = facts[0]!;
  const sums = COUNTS.filter((name) => name in first).map((name) => [
    name,
    facts.reduce((sum, own) => sum + Number(own[name]), 0),
  ]);
  return { ...first, shards: count, ...Object.fromEntries(sums) };
}

async function newestTimestamp(
  { dataset, model, smokeTest, count }: ShardSet,
  project: Project,
): Promise<string> {
  const sample = shardsOf(count).map((shard) =>
    project.scored(dataset, model, { timestamp: "", smokeTest }, shard),
  );
  const folder = dirname(sample[0]!);
  const starts = sample.map((path) => basename(path, ".jsonl"));
  const fitting = (await namesIn(folder)).filter(
    (name) => name.endsWith(".jsonl") && starts.some((start) => name.startsWith(start)),
  );
  const [newest] = newestFirst(fitting);
  const timestamp = timestampOf(newest ?? "");
  if (timestamp) return timestamp;
  throw workError(
    `${folder}: holds no shard of ${count} of ${dataset} scored by ${model}${smokeTest ? " in a smoke test" : ""} (such as ${join("…", `${starts[0]}<timestamp>.jsonl`)}); make them first (rate score … --shard 1/${count})`,
  );
}

async function namesIn(folder: string): Promise<string[]> {
  return (await readdir(folder).catch(() => [] as string[])).filter((name) => !name.startsWith("."));
}
