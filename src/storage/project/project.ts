import { readdir, stat } from "node:fs/promises";
import { isAbsolute, join, relative, resolve } from "node:path";
import { inputError } from "../../domain/errors.js";
import { type Shard, shardName } from "../../domain/shard.js";
import { fileName, newestFirst, type RunStamp, scoredStem, suffix } from "./file-names.js";
import { type Content, findOwnership, type Ownership, seal, writeWhole } from "./files.js";

export { fileName, newestFirst, type RunStamp, timestampAt } from "./file-names.js";

/** A project directory: the folders and file names that other programs rely on, and the one way to write there. */
export class Project {
  private constructor(
    readonly directory: string,
    readonly ownership: Ownership,
  ) {}

  /** Throws when the group does not exist. Creates nothing. */
  static async open(directory: string, groupName?: string): Promise<Project> {
    return new Project(resolve(directory), await findOwnership(groupName));
  }

  /** A path below the project directory. */
  path(...parts: string[]): string {
    return join(this.directory, ...parts);
  }

  /** How a path is shown: relative to the project directory when it lies in it. */
  show(path: string): string {
    const inside = relative(this.directory, path);
    return inside.startsWith("..") || isAbsolute(inside) ? path : inside;
  }

  rewriteJournal(dataset: string, stamp: RunStamp): string {
    return this.path("data", "batch_api", `${fileName(dataset)}_${suffix(stamp)}.jsonl`);
  }

  /** The folder of the batches that a run has a provider work on. */
  batches(dataset: string, stamp: RunStamp): string {
    return this.path("data", "batch_api", `${fileName(dataset)}_${suffix(stamp)}_batches`);
  }

  /** What has become of them, beside all that was sent and received. */
  batchLedger(dataset: string, stamp: RunStamp): string {
    return join(this.batches(dataset, stamp), "ledger.jsonl");
  }

  /** The ledgers of a data set's batches that are there: that of a run, or with null those of all runs. */
  async batchLedgers(dataset: string, stamp: RunStamp | null): Promise<string[]> {
    const folder = this.path("data", "batch_api");
    const start = `${fileName(dataset)}_`;
    const folders =
      stamp === null
        ? (await readdir(folder).catch(() => [] as string[]))
            .filter(
              (name) => name.startsWith(start) && /^\d{8}_\d{6}.*_batches$/.test(name.slice(start.length)),
            )
            .sort()
            .map((name) => join(folder, name))
        : [this.batches(dataset, stamp)];
    const paths = folders.map((path) => join(path, "ledger.jsonl"));
    const found = await Promise.all(paths.map(exists));
    return paths.filter((_, index) => found[index]);
  }

  judgeJournal(dataset: string, stamp: RunStamp): string {
    return this.path("data", "batch_api", `${fileName(dataset)}_judge_${suffix(stamp)}.jsonl`);
  }

  /** The journals of all runs' rewrites. */
  async rewriteJournals(): Promise<string[]> {
    const folder = this.path("data", "batch_api");
    const names = await readdir(folder).catch(() => [] as string[]);
    return names
      .filter((name) => name.endsWith(".jsonl"))
      .sort()
      .map((name) => join(folder, name));
  }

  rewrites(dataset: string, stamp: RunStamp): string {
    return this.path("data", "rewrites", `${fileName(dataset)}_dataset_${suffix(stamp)}.json`);
  }

  rewritesTemplate(dataset: string, stamp: RunStamp): string {
    return this.path("data", "rewrites", `${fileName(dataset)}_template_${suffix(stamp)}.txt`);
  }

  /** A shard's files lie in a folder of their own: they are no scored files of the data set. */
  scored(dataset: string, model: string, stamp: RunStamp, shard?: Shard): string {
    return this.scoredFile(
      `${scoredStem(dataset, model, stamp, shard)}_scored_${stamp.timestamp}.jsonl`,
      shard,
    );
  }

  scoredTemplate(dataset: string, model: string, stamp: RunStamp, shard?: Shard): string {
    return this.scoredFile(
      `${scoredStem(dataset, model, stamp, shard)}_template_${stamp.timestamp}.txt`,
      shard,
    );
  }

  /** Finished scores of a run that has not ended; gone once the scored file is there. */
  scoreJournal(dataset: string, model: string, stamp: RunStamp, shard?: Shard): string {
    return this.scoredFile(
      `.${scoredStem(dataset, model, stamp, shard)}_scored_${stamp.timestamp}.journal`,
      shard,
    );
  }

  private scoredFile(name: string, shard: Shard | undefined): string {
    return this.path("data", "scored", ...(shard ? ["shards"] : []), name);
  }

  effects(dataset: string, concept: string | null, score: string, stamp: RunStamp): string {
    const named = concept === null ? [dataset, score] : [dataset, concept, score];
    const parts = named.map(fileName).join("_");
    return this.path("effects", `${parts}_treatment_effects_${suffix(stamp)}.json`);
  }

  /** What a semi-synthetic experiment found. */
  synthetic(experiment: string, stamp: RunStamp): string {
    return this.path("effects", `${fileName(experiment)}_synthetic_${suffix(stamp)}.json`);
  }

  /** What a discovery found. */
  discovery(dataset: string, score: string, stamp: RunStamp): string {
    return this.path("effects", `${fileName(dataset)}_${fileName(score)}_discovery_${suffix(stamp)}.json`);
  }

  /** What stands between the steps of a discovery: the parts of the data, their rewards, what was screened. */
  discoveryStep(dataset: string, step: string, end: string, stamp: RunStamp): string {
    return this.path("data", "discovery", `${fileName(dataset)}_${step}_${suffix(stamp)}.${end}`);
  }

  plot(name: string, stamp: RunStamp): string {
    return this.path("plots", `${fileName(name)}_${suffix(stamp)}.svg`);
  }

  log(stamp: RunStamp, command: string, shard?: Shard): string {
    const part = shard ? `_${shardName(shard)}` : "";
    return this.path("logs", `${suffix(stamp)}_${fileName(command)}${part}.txt`);
  }

  run(stamp: RunStamp): string {
    return this.path("runs", `${suffix(stamp)}.json`);
  }

  /** What the process holds that works on a run, or on a shard of it. */
  runLock(stamp: RunStamp, shard?: Shard): string {
    return `${this.run(stamp)}${shard ? `.${shardName(shard)}` : ""}.lock`;
  }

  /** How far a run, or a shard of it, is. */
  runProgress(stamp: RunStamp, shard?: Shard): string {
    return `${this.run(stamp)}${shard ? `.${shardName(shard)}` : ""}.progress`;
  }

  get report(): string {
    return this.path("report.html");
  }

  write(path: string, content: Content): Promise<void> {
    return writeWhole(path, content, this.ownership);
  }

  /** Gives a file that grew line by line the group and mode of saved files, now that it is finished. */
  seal(path: string): Promise<void> {
    return seal(path, this.ownership);
  }

  writeJson(path: string, value: unknown): Promise<void> {
    return this.write(path, `${JSON.stringify(value, null, 2)}\n`);
  }

  /**
   * The newest file in a folder whose name passes, by the timestamp in the name. Throws when there is none, naming the folder
   * and what was looked for.
   */
  async newest(
    folder: string,
    fits: (name: string) => boolean,
    wanted: string,
    maker = "make it first",
  ): Promise<string> {
    const names = await readdir(folder).catch(() => [] as string[]);
    const [best] = newestFirst(names.filter((name) => !name.startsWith(".") && fits(name)));
    if (!best) throw inputError(`${folder}: holds no ${wanted}; ${maker}, or name the file in the config`);
    return join(folder, best);
  }
}

/** Whether something is there. */
export async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
