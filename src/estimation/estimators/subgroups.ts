import type { RewardTable } from "../../domain/example.js";
import { welchF } from "../numeric/welch-f.js";
import { type EffectSummary, type EstimateOptions, estimateEffects } from "./estimate-effects.js";
import { linearSize } from "./influence.js";
import { selectRows } from "./select.js";

export interface Subgroup {
  readonly name: string;
  readonly summary: EffectSummary;
}

/** Groups of fewer examples are shown, but their errors are too poorly known for a test. */
const FEWEST_TESTED = 10;

/** Whether several estimates differ by more than chance: Welch's F. */
export interface Heterogeneity {
  readonly f: number;
  /** Degrees of freedom between the groups and within them. */
  readonly between: number;
  readonly within: number;
  readonly pValue: number;
  /** Share of the spread that is not chance: (Q − (k − 1))/Q with Cochran's Q, at least 0. */
  readonly iSquared: number;
  readonly tested: number;
  /** Groups that are left out of the test: too few examples, or no standard error. */
  readonly untested: readonly string[];
}

/**
 * The effects in each subgroup, in the order of the names, and the test that RATE's ATE, each in standard deviations of its group's rewards as it is
 * shown, is the same in all. Null with fewer than two groups of at least ten examples.
 */
export function estimateSubgroups(
  table: RewardTable,
  groups: readonly string[],
  options: EstimateOptions,
): { readonly groups: Subgroup[]; readonly heterogeneity: Heterogeneity | null } {
  const rows = new Map<string, number[]>();
  groups.forEach((name, row) => {
    const known = rows.get(name);
    if (known) known.push(row);
    else rows.set(name, [row]);
  });
  const tables = [...rows]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, own]) => ({ name, table: selectRows(table, own) }));
  return {
    groups: tables.map(({ name, table: part }) => ({ name, summary: estimateEffects(part, options) })),
    heterogeneity: heterogeneityOf(
      tables.map(({ name, table: part }) => {
        const size = linearSize(part, "rate", "ate");
        const error = size?.error ?? { standardError: 0, degrees: 0 };
        return { name, n: size?.n ?? 0, value: size?.value ?? 0, ...error };
      }),
    ),
  };
}

interface NamedEstimate {
  readonly name: string;
  readonly n: number;
  readonly value: number;
  /** 0 without one. */
  readonly standardError: number;
  readonly degrees: number;
}

/** Welch's F over the estimates that rest on enough examples. Null with fewer than two of them. */
export function heterogeneityOf(estimates: readonly NamedEstimate[]): Heterogeneity | null {
  const isTested = ({ n, standardError }: NamedEstimate) => n >= FEWEST_TESTED && standardError > 0;
  const tested = estimates.filter(isTested);
  const found = welchF(tested);
  return (
    found && {
      ...found,
      tested: tested.length,
      untested: estimates.filter((estimate) => !isTested(estimate)).map(({ name }) => name),
    }
  );
}
