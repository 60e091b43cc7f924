import { basename } from "node:path";
import { inputError } from "../../domain/errors.js";
import { type Json, TEXT_KEYS } from "../../domain/example.js";
import { readLabel } from "../../domain/labels.js";
import { inferenceOf } from "../../estimation/stage/choices.js";
import { readResultsIfAny } from "../../estimation/stage/read-effects.js";
import { findResults, type WantedKeys } from "../../estimation/stage/results.js";
import type { ColumnNames } from "../../storage/examples/layout.js";
import { failureIn, rewardsIn, treatedIn } from "../../storage/examples/record.js";
import { keysIn } from "../../storage/examples/scored.js";
import { readShown, type ShownExample } from "../../storage/examples/stored.js";
import type { Project } from "../../storage/project/project.js";
import { csvLines } from "../tables/csv.js";
import { arrowBytes, type DataColumn, dataFormatOf, parquetBytes } from "./data-files.js";

export interface ExportWork {
  readonly files: readonly string[];
  readonly output: string;
  /** Estimates of scored files instead of their examples. */
  readonly estimates: boolean;
  readonly rewardKeys: WantedKeys;
  /** The attribute of scored files. */
  readonly concept: string | null;
  /** CSV with its cells as they are, though a spreadsheet may take one for a formula. */
  readonly raw?: boolean | undefined;
  /** The columns of scores made elsewhere. */
  readonly columns?: ColumnNames | undefined;
}

type Value = string | number | boolean | null;
type Row = readonly Value[];
type Head = readonly (readonly [name: string, kind: DataColumn["kind"]])[];

/** A row for each example and reward model. Differences are do(1) − do(0), in reward units; lengths are in characters. */
const DIFFERENCES: Head = [
  ["dataset", "text"],
  ["attribute", "text"],
  ["reward_key", "text"],
  ["id", "text"],
  ["w", "truth"],
  ["reward_original", "number"],
  ["reward_rewrite", "number"],
  ["reward_rewritten_rewrite", "number"],
  ["difference_rate", "number"],
  ["difference_single_rewrite", "number"],
  ["w_rewrite", "truth"],
  ["w_rewritten_rewrite", "truth"],
  ["failure_step", "text"],
  ["failure_reason", "text"],
  ["length_original", "count"],
  ["length_rewrite", "count"],
  ["length_rewritten_rewrite", "count"],
];

/** A row for each estimate. */
const ESTIMATES: Head = [
  ["dataset", "text"],
  ["attribute", "text"],
  ["reward_key", "text"],
  ["estimator", "text"],
  ["estimand", "text"],
  ["value", "number"],
  ["stderr", "number"],
  ["ci_low", "number"],
  ["ci_high", "number"],
  ["ci_level", "number"],
  ["p_value", "number"],
  ["effect_size", "number"],
  ["effect_size_stderr", "number"],
  ["effect_size_ci_low", "number"],
  ["effect_size_ci_high", "number"],
  ["reward_std", "number"],
  ["n", "count"],
  ["reason", "text"],
];

/** Writes the table; CSV row by row, Parquet and Arrow by columns. Returns the number of rows. */
export async function exportTable(work: ExportWork, project: Project): Promise<number> {
  const format = dataFormatOf(work.output);
  const kinds = await Promise.all(
    work.files.map(async (file) => file.endsWith(".json") && (await readResultsIfAny(file)) !== null),
  );
  const estimates = work.estimates || kinds.every(Boolean);
  if (!estimates && kinds.some(Boolean))
    throw inputError(
      `${work.files[kinds.indexOf(true)]}: holds estimates, and others of the files hold examples; export them apart, or give --estimates for the estimates of all`,
    );
  const head = estimates ? ESTIMATES : DIFFERENCES;
  const rows = estimates ? estimateRows(work, project) : differenceRows(work);
  let count = 0;
  if (format === "csv") {
    const lines = async function* () {
      yield csvLines([head.map(([name]) => name)], work);
      for await (const row of rows) {
        count += 1;
        yield csvLines([row.map((value) => (value === null ? "" : String(value)))], work);
      }
    };
    await project.write(work.output, lines());
    return count;
  }
  const columns = head.map(([name, kind]): DataColumn => ({ name, kind, values: [] }));
  for await (const row of rows) {
    count += 1;
    columns.forEach(({ values }, index) => {
      values.push(row[index]!);
    });
  }
  await project.write(work.output, await (format === "parquet" ? parquetBytes : arrowBytes)(columns));
  return count;
}

async function* differenceRows({ files, rewardKeys, concept, columns }: ExportWork): AsyncIterable<Row> {
  for (const file of files) {
    // One key that is asked for may stand for columns without a name.
    const query = { columns, rewardKey: rewardKeys?.length === 1 ? rewardKeys[0]! : null };
    const present = [...(await keysIn(file, query))];
    const keys = present.filter((key) => !rewardKeys || rewardKeys.includes(key));
    if (keys.length === 0)
      throw inputError(
        `${file}: has no rewards${rewardKeys ? ` under ${rewardKeys.join(", ")}` : ""}\nreward keys in the file: ${present.join(", ") || "none"}`,
      );
    for await (const example of readShown(file, query))
      for (const key of keys) yield differenceRow(example, key, file, concept);
  }
}

function differenceRow(example: ShownExample, key: string, file: string, concept: string | null): Row {
  const { record, completions, id } = example;
  const treated = treatedIn(record);
  const { original, rewrite, rewriteOfRewrite } = rewardsIn(record, key);
  const less = (a: number | null, b: number | null) =>
    a === null || b === null || treated === null ? null : treated ? a - b : b - a;
  const failure = failureIn(record);
  const truth = (value: Json | undefined) => {
    const label = readLabel(value);
    return typeof label === "boolean" ? label : null;
  };
  return [
    basename(file),
    concept,
    key,
    id,
    treated,
    original,
    rewrite,
    rewriteOfRewrite,
    less(rewriteOfRewrite, rewrite),
    less(original, rewrite),
    truth(record.w_rewrite),
    truth(record.w_rewritten_rewrite),
    failure?.step ?? null,
    failure?.reason ?? null,
    ...Object.values(TEXT_KEYS).map((name) => completions[name]?.length ?? null),
  ];
}

async function* estimateRows(
  { files, rewardKeys, concept, columns }: ExportWork,
  project: Project,
): AsyncIterable<Row> {
  for (const { result } of await findResults(files, rewardKeys, project, inferenceOf({ columns }))) {
    for (const row of result.estimates)
      yield [
        result.dataset_name ?? result.dataset_filename,
        result.concept ?? concept,
        result.reward_key,
        row.estimator,
        row.estimand,
        row.value,
        row.stderr,
        row.ci_low,
        row.ci_high,
        row.ci_level,
        row.p_value,
        row.effect_size,
        row.effect_size_stderr,
        row.effect_size_ci_low,
        row.effect_size_ci_high,
        result.reward_std,
        row.n,
        row.reason,
      ];
  }
}
