import type { RewardTable } from "../../domain/example.js";
import { chiSquareUpper } from "../numeric/gamma.js";
import { type EffectSummary, type EstimateOptions, estimateEffects } from "./estimate-effects.js";
import { linearEffect, linearError } from "./influence.js";
import { selectRows } from "./select.js";

export interface Subgroup {
  readonly name: string;
  readonly summary: EffectSummary;
}

/** Whether several estimates differ by more than chance: Cochran's Q against chi-square. */
export interface Heterogeneity {
  readonly q: number;
  readonly degrees: number;
  readonly pValue: number;
  /** Share of the spread that is not chance: (Q − degrees)/Q, at least 0. */
  readonly iSquared: number;
}

/** The effects in each subgroup, in the order of the names, and the test that RATE's ATE is the same in all. Null with fewer than two that have a standard error. */
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
  const estimates = tables.flatMap(({ table: part }) => {
    const effect = linearEffect(part, "rate", "ate");
    const error = effect && linearError(effect, part.clusters);
    return effect && error ? [{ value: effect.value, standardError: error.standardError }] : [];
  });
  return {
    groups: tables.map(({ name, table: part }) => ({ name, summary: estimateEffects(part, options) })),
    heterogeneity: heterogeneityOf(estimates),
  };
}

export function heterogeneityOf(
  estimates: readonly { readonly value: number; readonly standardError: number }[],
): Heterogeneity | null {
  const usable = estimates.filter(({ standardError }) => standardError > 0);
  if (usable.length < 2) return null;
  const weights = usable.map(({ standardError }) => 1 / standardError ** 2);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const center = usable.reduce((sum, { value }, index) => sum + weights[index]! * value, 0) / total;
  const q = usable.reduce((sum, { value }, index) => sum + weights[index]! * (value - center) ** 2, 0);
  const degrees = usable.length - 1;
  return {
    q,
    degrees,
    pValue: chiSquareUpper(q, degrees),
    iSquared: q > 0 ? Math.max(0, (q - degrees) / q) : 0,
  };
}
