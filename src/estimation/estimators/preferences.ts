import type { RewardTable } from "../../domain/example.js";
import { signsOf } from "../numeric/columns.js";
import { type Proportion, wilson } from "../numeric/proportion.js";
import { pairedDifferences } from "./influence.js";

/** How often the model, and people, prefer the text with more of the attribute. */
export interface Preferences {
  /** Share of examples whose w = 1 text of the RATE pair outscores its w = 0 text, strictly. */
  readonly preference: Proportion | null;
  readonly tie: Proportion | null;
}

/** As `Preferences`, on the examples that people labelled, ties left out; a tie of the model counts as preferring the w = 0 text. */
export interface HumanComparison {
  readonly n: number;
  readonly humanPreference: Proportion | null;
  readonly modelPreference: Proportion | null;
  readonly disagreement: Proportion | null;
}

export function preferencesOf(table: RewardTable, level: number): Preferences {
  const n = table.treated.length;
  const { positive, zero } = signsOf(pairedDifferences(table, "rate"));
  return { preference: wilson(positive, n, level), tie: wilson(zero, n, level) };
}

/** @param human - by row: 1 people prefer the w = 1 text, 2 the w = 0 text, anything else is left out */
export function compareWithHumans(table: RewardTable, human: Uint8Array, level: number): HumanComparison {
  let [n, people, model, disagreed] = [0, 0, 0, 0];
  human.forEach((label, row) => {
    if (label !== 1 && label !== 2) return;
    const [byPeople, byModel] = [label === 1, preferenceOf(table, row) > 0];
    n += 1;
    people += Number(byPeople);
    model += Number(byModel);
    disagreed += Number(byPeople !== byModel);
  });
  return {
    n,
    humanPreference: wilson(people, n, level),
    modelPreference: wilson(model, n, level),
    disagreement: wilson(disagreed, n, level),
  };
}

/** Reward of the w = 1 text less that of the w = 0 text of the RATE pair. */
function preferenceOf(table: RewardTable, row: number): number {
  return (2 * table.treated[row]! - 1) * (table.rewriteOfRewrite[row]! - table.rewrite[row]!);
}
