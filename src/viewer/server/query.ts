import type { ExampleColumns } from "./columns.js";
import { FLIP, modelOf } from "./columns.js";
import type { Filter } from "./filter.js";

/** Numbers of the rows that pass a filter, in its order. `found` holds 1 for rows that the search has found; null without a search. */
export function selectRows(columns: ExampleColumns, filter: Filter, found: Uint8Array | null): Int32Array {
  const passes = conditions(columns, filter);
  const rows = new Int32Array(columns.rows);
  let count = 0;
  for (let row = 0; row < columns.rows; row += 1) {
    if (found !== null && found[row] !== 1) continue;
    if (passes.every((pass) => pass(row))) {
      rows[count] = row;
      count += 1;
    }
  }
  return order(columns, filter, rows.subarray(0, count));
}

type Condition = (row: number) => boolean;

function conditions(columns: ExampleColumns, filter: Filter): Condition[] {
  const model = modelOf(columns, filter);
  const { firstFlip, secondFlip, failure, lengths } = columns;
  const list: Condition[] = [];
  if (filter.arm !== "") list.push((row) => columns.treated[row] === Number(filter.arm));
  if (filter.flip === "failed")
    list.push((row) => firstFlip[row] === FLIP.failed || secondFlip[row] === FLIP.failed);
  if (filter.flip === "failed_rewrite") list.push((row) => firstFlip[row] === FLIP.failed);
  if (filter.flip === "failed_back") list.push((row) => secondFlip[row] === FLIP.failed);
  if (filter.flip === "succeeded")
    list.push((row) => firstFlip[row] === FLIP.succeeded && secondFlip[row] === FLIP.succeeded);
  const outcome = outcomeCondition(columns, filter.outcome, model);
  if (outcome) list.push(outcome);
  const { sign, least, shortest, longest } = filter;
  if (sign === "up") list.push((row) => columns.difference(row, model) > 0);
  if (sign === "down") list.push((row) => columns.difference(row, model) < 0);
  if (sign === "none") list.push((row) => columns.difference(row, model) === 0);
  if (least !== null) list.push((row) => Math.abs(columns.difference(row, model)) >= least);
  if (shortest !== null) list.push((row) => lengths.original[row]! >= shortest);
  if (longest !== null) list.push((row) => lengths.original[row]! >= 0 && lengths.original[row]! <= longest);
  return list;

  function outcomeCondition(of: ExampleColumns, wanted: string, rewardKey: string): Condition | null {
    if (wanted === "complete") return (row) => hasAllTexts(of, row);
    if (wanted === "unscored") return (row) => isUnscored(of, row, rewardKey);
    if (wanted === "failed") return (row) => failure[row] !== 0;
    if (!wanted.startsWith("failed:")) return null;
    const reason = of.reasons.indexOf(wanted.slice("failed:".length));
    return (row) => reason > 0 && failure[row] === reason;
  }
}

function hasAllTexts({ lengths }: ExampleColumns, row: number): boolean {
  return lengths.original[row]! >= 0 && lengths.rewrite[row]! >= 0 && lengths.rewriteOfRewrite[row]! >= 0;
}

/** Whether the texts are there and the model's rewards of the two rewrites are not. */
function isUnscored(columns: ExampleColumns, row: number, model: string): boolean {
  return hasAllTexts(columns, row) && Number.isNaN(columns.difference(row, model));
}

/** Orders rows by what the filter sorts by, largest first; rows without a value come last, equal ones stay as in the file. */
function order(columns: ExampleColumns, filter: Filter, rows: Int32Array): Int32Array {
  if (filter.sort === "") return rows;
  if (filter.sort === "newest") return rows.reverse();
  const value = sortValue(columns, filter);
  const values = new Float64Array(columns.rows);
  for (const row of rows) {
    const own = value(row);
    values[row] = Number.isNaN(own) ? Number.NEGATIVE_INFINITY : own;
  }
  return rows.sort((a, b) => {
    const [first, second] = [values[a]!, values[b]!];
    return first === second ? a - b : second > first ? 1 : -1;
  });
}

function sortValue(columns: ExampleColumns, filter: Filter): (row: number) => number {
  const model = modelOf(columns, filter);
  const rewards = columns.rewards.get(model);
  const { original } = columns.lengths;
  switch (filter.sort) {
    case "effect":
      return (row) => columns.difference(row, model);
    case "opposite":
      return (row) => -columns.difference(row, model);
    case "size":
      return (row) => Math.abs(columns.difference(row, model));
    case "rewriter":
      return (row) =>
        rewards ? Math.abs(rewards.rewriteOfRewrite[row]! - rewards.original[row]!) : Number.NaN;
    case "longest":
      return (row) => original[row]!;
    default:
      return (row) => (original[row]! < 0 ? Number.NaN : -original[row]!);
  }
}

/** How many examples of each kind a file has, for the labels of the filters. */
export interface Counts {
  readonly arms: { readonly "1": number; readonly "0": number };
  readonly flips: {
    readonly failed: number;
    readonly failed_rewrite: number;
    readonly failed_back: number;
    readonly succeeded: number;
  };
  readonly complete: number;
  readonly unscored: number;
  readonly failed: readonly { readonly reason: string; readonly count: number }[];
}

export function countRows(columns: ExampleColumns, model: string): Counts {
  const arms = [0, 0, 0];
  const reasons = columns.reasons.map(() => 0);
  const flips = { failed: 0, failed_rewrite: 0, failed_back: 0, succeeded: 0 };
  let [complete, unscored] = [0, 0];
  for (let row = 0; row < columns.rows; row += 1) {
    arms[columns.treated[row]!]! += 1;
    reasons[columns.failure[row]!]! += 1;
    const [first, second] = [columns.firstFlip[row], columns.secondFlip[row]];
    if (first === FLIP.failed) flips.failed_rewrite += 1;
    if (second === FLIP.failed) flips.failed_back += 1;
    if (first === FLIP.failed || second === FLIP.failed) flips.failed += 1;
    if (first === FLIP.succeeded && second === FLIP.succeeded) flips.succeeded += 1;
    if (hasAllTexts(columns, row)) complete += 1;
    if (isUnscored(columns, row, model)) unscored += 1;
  }
  const failed = columns.reasons.map((reason, index) => ({ reason, count: reasons[index]! })).slice(1);
  return { arms: { "1": arms[1]!, "0": arms[0]! }, flips, complete, unscored, failed };
}

/** The mean of the differences that are defined, and how many these are. */
export function meanDifference(
  columns: ExampleColumns,
  model: string,
  rows: Int32Array,
): { readonly mean: number | null; readonly n: number } {
  let [sum, n] = [0, 0];
  for (const row of rows) {
    const difference = columns.difference(row, model);
    if (Number.isNaN(difference)) continue;
    sum += difference;
    n += 1;
  }
  return { mean: n === 0 ? null : sum / n, n };
}
