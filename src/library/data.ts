/** Data sets: attributes, templates, and the files of examples. */

import { combineFiles } from "../scoring/stage/combine.js";
import { readRecords } from "../storage/examples/stored.js";
import type { Workspace } from "../study/workspace.js";

export { ATTRIBUTES, findAttribute, resolveRule } from "../datasets/attributes/index.js";
export type { Attribute, Classifier } from "../domain/attribute.js";
export type { Example, ExampleId, Json } from "../domain/example.js";
export type { DataSource, DatasetTemplate, Row, TreatedRule } from "../domain/template.js";
export { readScored, type ScoredQuery, type ScoredTable } from "../storage/examples/scored.js";

/** An example as it stands in a rewrites or scored file. */
export interface FileExample {
  readonly id: string;
  /** All its fields. */
  readonly record: Readonly<Record<string, unknown>>;
}

/**
 * Reads a rewrites or scored file example by example, in constant memory, whatever its form: JSONL, JSON, CSV, TSV or
 * Parquet; records come in the form of the program's own files.
 *
 * @throws an input error that names the file and the line of what cannot be read
 * @example
 * for await (const { id, record } of readExamples("scored.jsonl")) console.log(id, record.w_original);
 */
export async function* readExamples(path: string): AsyncIterable<FileExample> {
  for await (const { id, record } of readRecords(path)) yield { id, record };
}

/** What was joined. */
export interface Joined {
  readonly examples: number;
  /** Examples that are in more than one file. */
  readonly joined: number;
  /** How many rewards a later file had again, by reward key: the later ones are kept. */
  readonly replaced: Readonly<Record<string, number>>;
}

/**
 * Joins scored files of the same examples, or of parts of them, by id, as `rate combine`.
 *
 * @throws an input error that names examples whose texts disagree, before anything is written
 * @example
 * await combineScored(["armorm.jsonl", "deberta.jsonl"], "both.jsonl", await openWorkspace());
 */
export async function combineScored(
  files: readonly string[],
  output: string,
  { project }: Workspace,
): Promise<Joined> {
  return combineFiles(files, output, project);
}
