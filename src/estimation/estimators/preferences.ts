import type { RewardTable } from "../../domain/example.js";
import { signsOf } from "../numeric/columns.js";
import { type Proportion, wilson } from "../numeric/proportion.js";
import { scoreError } from "../numeric/score-error.js";
import { pairedDifferences } from "./influence.js";

/** How often the model prefers the text with more of the attribute. */
export interface Preferences {
  /** Share of examples whose w = 1 text of the RATE pair outscores its w = 0 text; a tie counts one half. */
  readonly preference: Proportion | null;
  readonly tie: Proportion | null;
}

/** The same beside people's, on the examples that people labelled, their ties left out; a tie of the model counts one half. */
export interface HumanComparison {
  readonly n: number;
  readonly humanPreference: Proportion | null;
  readonly modelPreference: Proportion | null;
  readonly disagreement: Proportion | null;
  /** The same as published with arXiv 2506.05339: a tie of the model counts as preferring the w = 0 text. */
  readonly strictModelPreference: Proportion | null;
  readonly strictDisagreement: Proportion | null;
}

export function preferencesOf(table: RewardTable, level: number): Preferences {
  const differences = pairedDifferences(table, "rate");
  if (!table.clusters) {
    const n = differences.length;
    const { positive, zero } = signsOf(differences);
    return { preference: wilson(positive + zero / 2, n, level), tie: wilson(zero, n, level) };
  }
  return {
    preference: shareOf(differences.map(halfForTie), table.clusters, level),
    tie: shareOf(
      differences.map((difference) => Number(difference === 0)),
      table.clusters,
      level,
    ),
  };
}

/** @param human - by row: 1 people prefer the w = 1 text, 2 the w = 0 text, anything else is left out */
export function compareWithHumans(table: RewardTable, human: Uint8Array, level: number): HumanComparison {
  const differences = pairedDifferences(table, "rate");
  const rows: number[] = [];
  human.forEach((label, row) => {
    if (label === 1 || label === 2) rows.push(row);
  });
  const clusters = table.clusters && Int32Array.from(rows, (row) => table.clusters![row]!);
  const share = (of: (row: number) => number) => shareOf(Float64Array.from(rows, of), clusters, level);
  const byPeople = (row: number) => Number(human[row] === 1);
  const byModel = (row: number) => halfForTie(differences[row]!);
  const strictly = (row: number) => Number(differences[row]! > 0);
  return {
    n: rows.length,
    humanPreference: share(byPeople),
    modelPreference: share(byModel),
    disagreement: share((row) => Math.abs(byPeople(row) - byModel(row))),
    strictModelPreference: share(strictly),
    strictDisagreement: share((row) => Number(byPeople(row) !== strictly(row))),
  };
}

function halfForTie(difference: number): number {
  return difference > 0 ? 1 : difference < 0 ? 0 : 0.5;
}

/**
 * The mean of values between 0 and 1 with Wilson's interval. With clusters it is that of as many independent examples as have the mean's cluster-robust
 * variance, at most as many as there are.
 */
function shareOf(values: Float64Array, clusters: Int32Array | null, level: number): Proportion | null {
  const n = values.length;
  if (n === 0) return null;
  const share = values.reduce((total, value) => total + value, 0) / n;
  const error =
    clusters &&
    scoreError(
      { scores: values.map((value) => (value - share) / n), groups: new Uint8Array(n).fill(1) },
      clusters,
    );
  const independent = error && error.standardError > 0 ? (share * (1 - share)) / error.standardError ** 2 : n;
  const effective = Math.min(n, independent);
  const interval = wilson(share * effective, effective, level);
  return interval && { ...interval, value: share, n };
}
