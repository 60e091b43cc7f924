import { basename } from "node:path";
import { inputError } from "../../domain/errors.js";
import { type Json, TEXT_KEYS, TEXT_NAMES } from "../../domain/example.js";
import { rewardSpread } from "../../estimation/estimators/influence.js";
import { selectRows } from "../../estimation/estimators/select.js";
import { sortedQuantile } from "../../estimation/numeric/quantile.js";
import { inferenceOf } from "../../estimation/stage/choices.js";
import { estimateFile } from "../../estimation/stage/effects.js";
import { openCounter } from "../../language-models/pricing.js";
import type { SyntheticFile } from "../../reporting/stage/synthetic-file.js";
import { readScored, type ScoredTable } from "../../storage/examples/scored.js";
import { isObject, readRecords, readStored, type StoredExample } from "../../storage/examples/stored.js";
import type { Context } from "../../storage/project/context.js";
import { type Cells, chooseRows, type Direction, type Level, planSweep, splitCells } from "./levels.js";
import { type LevelResult, panelOf } from "./synthetic.js";

/** Texts longer than this are not what reward models of this size read whole. */
const MOST_TOKENS = 512;

/** What the attribute is made to go with. */
export interface Confounder {
  /** Where it comes from, for messages. */
  readonly source: string;
  /** How its two halves are called. */
  readonly labels: { readonly high: string; readonly low: string };
  /** Its size for an example; null where there is none. */
  readonly of: (example: StoredExample) => number | null;
}

/** A scored data set whose attribute is to be confounded. */
export interface SweepWork {
  /** For file names. */
  readonly name: string;
  readonly title: string;
  readonly scored: string;
  readonly rewardKey: string | null;
  readonly concept: string;
  readonly score: string;
  readonly labels: { readonly treated: string; readonly untreated: string };
  readonly confounder: Confounder;
  readonly seed: number;
}

/** The reward of the original, as a confounder. */
export function originalReward(rewardKey: string): Confounder["of"] {
  return ({ record }) => {
    const rewards = record[rewardKey];
    const reward = isObject(rewards) ? rewards[TEXT_KEYS.original] : undefined;
    return typeof reward === "number" ? reward : null;
  };
}

/** A field of the data, `a.b` for nested ones, as a confounder: a number, or true and false. */
export function fieldValue(field: string): Confounder["of"] {
  return ({ record, origin }) => {
    const value = field
      .split(".")
      .reduce<Json | undefined>((inner, key) => (isObject(inner) ? inner[key] : undefined), record as Json);
    if (value === undefined || value === null) return null;
    if (typeof value === "boolean") return Number(value);
    if (typeof value === "number") return value;
    throw inputError(
      `${origin}: ${field}: expected a number or true or false, found ${JSON.stringify(value)}`,
    );
  };
}

/**
 * Down-samples a scored data set to 11 sets of equal size in which attribute and confounder go together ever more,
 * and the mirror image; writes and estimates each.
 */
export async function runSweep(work: SweepWork, context: Context): Promise<SyntheticFile> {
  const source = await readScored(work.scored, { rewardKey: work.rewardKey });
  const { rewardKey } = source;
  const { kept, dropped } = await usable(work, source);
  if (kept.length === 0) {
    const why = Object.entries(dropped).map(([reason, count]) => `${count} examples: ${reason}`);
    throw inputError(
      `${work.scored}: no examples are left (${why.join("; ")}); --confounder names another field`,
    );
  }
  const table = selectRows(
    source.table,
    kept.map(({ row }) => row),
  );
  const confounder = Float64Array.from(kept, ({ value }) => value);
  const scale = rewardSpread(table);
  if (!scale) throw inputError(`${work.scored}: the rewards of ${rewardKey} have no spread`);
  const threshold = thresholdOf(confounder);
  const cells = splitCells(table.treated, confounder, threshold);
  for (const [reason, count] of Object.entries(dropped))
    context.say(`${work.name}: ${count} examples dropped: ${reason}`);

  const panels = [];
  for (const direction of ["with", "against"] as const) {
    const results: LevelResult[] = [];
    const progress = context.progress(`${work.name} ${direction}`, 11, 0);
    try {
      for (const level of planSweep(sizes(cells), direction)) {
        const rows = chooseRows(cells, level, work.seed);
        const ids = new Set(rows.map((row) => kept[row]!.id));
        results.push(
          await writeLevel(work, rewardKey, direction, level, ids, context, {
            table: selectRows(table, rows),
            rows,
          }),
        );
        progress.advance(1);
      }
    } finally {
      progress.end();
    }
    panels.push(panelOf(titlesOf(work, direction), results, scale));
  }
  return {
    experiment: work.name,
    title: work.title,
    effect: `effect of ${work.concept}, in sd of the reward (95\u00a0%\u00a0CI)`,
    truth: null,
    reward_key: rewardKey,
    scale,
    seed: work.seed,
    examples: kept.length,
    dropped,
    panels,
  };
}

interface Usable {
  readonly id: string;
  /** Row of the scored table. */
  readonly row: number;
  readonly value: number;
}

/** The examples that have rewards and a confounder, and no text that is too long. */
async function usable(work: SweepWork, { table, idOf, rewardKey }: ScoredTable) {
  const rowOf = new Map(Array.from(table.treated, (_, row) => [idOf(row), row]));
  const { count } = await openCounter("gpt-4o");
  const kept: Usable[] = [];
  const dropped: Record<string, number> = {};
  const drop = (reason: string) => {
    dropped[reason] = (dropped[reason] ?? 0) + 1;
  };
  for await (const example of readStored(work.scored)) {
    const row = rowOf.get(example.id);
    if (row === undefined) continue;
    const cut = example.record.truncated_texts;
    const long =
      (isObject(cut) && rewardKey in cut) ||
      TEXT_NAMES.some((name) => {
        const text = example.completions[TEXT_KEYS[name]] ?? "";
        // No token is longer than the text, and most are longer than a letter: short texts need no counting.
        return text.length > MOST_TOKENS && count(text) > MOST_TOKENS;
      });
    const value = work.confounder.of(example);
    if (long) drop(`a text is longer than ${MOST_TOKENS} tokens`);
    else if (Number.isNaN(table.original[row])) drop("no reward of the original");
    else if (value === null) drop(`no value of ${work.confounder.source}`);
    else kept.push({ id: example.id, row, value });
  }
  return { kept, dropped };
}

/**
 * The median; where it is the largest value (ratings, say), the next smaller one, so that both halves have examples.
 */
function thresholdOf(values: Float64Array): number {
  const sorted = Float64Array.from(values).sort();
  const middle = sortedQuantile(sorted, 0.5);
  if (middle < sorted.at(-1)!) return middle;
  return sorted.findLast((value) => value < middle) ?? middle;
}

function sizes(cells: Cells<readonly number[]>): Cells<number> {
  return {
    treatedHigh: cells.treatedHigh.length,
    treatedLow: cells.treatedLow.length,
    untreatedHigh: cells.untreatedHigh.length,
    untreatedLow: cells.untreatedLow.length,
  };
}

function titlesOf({ labels, confounder }: SweepWork, direction: Direction) {
  const going = direction === "with" ? labels.treated : labels.untreated;
  return {
    title: `${going} goes with ${confounder.labels.high}`,
    axis: `P(${going} | ${confounder.labels.high})`,
  };
}

/** Writes a level's data set and its effects. */
async function writeLevel(
  work: SweepWork,
  rewardKey: string,
  direction: Direction,
  level: Level,
  ids: ReadonlySet<string>,
  context: Context,
  data: Pick<LevelResult, "table"> & { readonly rows: readonly number[] },
): Promise<LevelResult> {
  const { project, stamp } = context;
  const percent = String(Math.round(100 * level.probability)).padStart(3, "0");
  const dataset = `${work.name}_${direction}_${percent}`;
  const path = project.scored(dataset, work.score, stamp);
  await project.write(path, linesOf(work.scored, ids));
  const { effects, path: written } = await estimateFile(
    {
      scored: path,
      rewardKey,
      dataset,
      concept: work.concept,
      score: work.score,
      labels: { w_1: work.labels.treated, w_0: work.labels.untreated },
      inference: inferenceOf(undefined),
    },
    context,
  );
  const { treated, untreated } = work.labels;
  const { high, low } = work.confounder.labels;
  const { counts } = level;
  return {
    at: level.probability,
    share: level.share,
    counts: {
      [`${treated}, ${high}`]: counts.treatedHigh,
      [`${treated}, ${low}`]: counts.treatedLow,
      [`${untreated}, ${high}`]: counts.untreatedHigh,
      [`${untreated}, ${low}`]: counts.untreatedLow,
    },
    dataset: basename(path),
    effectsFile: basename(written),
    effects,
    table: data.table,
    examples: data.rows,
  };
}

async function* linesOf(scored: string, ids: ReadonlySet<string>): AsyncIterable<string> {
  for await (const { id, record } of readRecords(scored)) {
    if (ids.has(id)) yield `${JSON.stringify({ ...record, id })}\n`;
  }
}
