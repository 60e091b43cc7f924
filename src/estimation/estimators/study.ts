import type { RewardTable } from "../../domain/example.js";
import { benjaminiHochberg, holm } from "../numeric/multiplicity.js";
import { type IntervalOptions, infer } from "./inference.js";
import { type InfluenceEstimate, linearEffect, linearError, linearScale, ratio } from "./influence.js";
import { pairedDifference } from "./paired-difference.js";
import { type Heterogeneity, heterogeneityOf } from "./subgroups.js";

/** One reward model on one data set, as a study sees it. */
export interface StudyTable {
  readonly dataset: string;
  readonly concept: string;
  readonly rewardKey: string;
  readonly table: RewardTable;
  readonly idOf: (row: number) => string;
}

/** A number in effect sizes with its uncertainty. */
interface Judged {
  readonly value: number;
  readonly standardError: number;
  readonly low: number;
  readonly high: number;
  readonly pValue: number;
}

/** An estimate in effect sizes with what it takes to judge it among others. */
export interface StudyRow extends Judged {
  readonly dataset: string;
  readonly concept: string;
  readonly rewardKey: string;
  readonly holm: number;
  readonly benjaminiHochberg: number;
  /** The interval that holds for all rows of the study at once (Bonferroni). */
  readonly simultaneousLow: number;
  readonly simultaneousHigh: number;
}

/** Effect size of the first reward model less that of the second, on the same examples. */
export interface Contrast extends Judged {
  readonly dataset: string;
  readonly concept: string;
  readonly first: string;
  readonly second: string;
  readonly n: number;
}

/** Several data sets of one concept under one reward model: effect sizes weighted by the numbers of examples. */
export interface Pooled extends Judged {
  readonly concept: string;
  readonly rewardKey: string;
  readonly datasets: readonly string[];
  readonly n: number;
  readonly heterogeneity: Heterogeneity | null;
}

export interface StudySummary {
  readonly rows: readonly StudyRow[];
  readonly contrasts: readonly Contrast[];
  readonly pooled: readonly Pooled[];
}

/** RATE's ATE in effect sizes for every table, judged together: corrected p-values, simultaneous intervals, contrasts between models, pooling by concept. */
export function summarizeStudy(tables: readonly StudyTable[], interval: IntervalOptions): StudySummary {
  const estimates = tables.flatMap((entry) => {
    const linear = effectSizeOf(entry.table);
    const error = linear && linearError(linear, entry.table.clusters);
    if (!linear || !error) return [];
    return [{ entry, linear, error, inference: inferred(linear.value, error, interval) }];
  });
  const pValues = estimates.map(({ inference }) => inference.pValue);
  const [stepDown, falseDiscovery] = [holm(pValues), benjaminiHochberg(pValues)];
  const shared = { ...interval, level: 1 - (1 - interval.level) / Math.max(1, estimates.length) };
  const rows = estimates.map(({ entry, linear, error, inference }, index): StudyRow => {
    const all = inferred(linear.value, error, shared);
    return {
      dataset: entry.dataset,
      concept: entry.concept,
      rewardKey: entry.rewardKey,
      value: linear.value,
      ...inference,
      holm: stepDown[index]!,
      benjaminiHochberg: falseDiscovery[index]!,
      simultaneousLow: all.low,
      simultaneousHigh: all.high,
    };
  });
  return { rows, contrasts: contrastsOf(tables, interval), pooled: pooledOf(estimates, interval) };
}

type Estimate = {
  entry: StudyTable;
  linear: InfluenceEstimate;
  error: { standardError: number; degrees: number };
};

function effectSizeOf(table: RewardTable): InfluenceEstimate | null {
  const [effect, scale] = [linearEffect(table, "rate", "ate"), linearScale(table)];
  return effect && scale && ratio(effect, scale);
}

function inferred(
  value: number,
  error: { standardError: number; degrees: number },
  interval: IntervalOptions,
) {
  const inference = infer(value, { ...error, method: "paired" }, interval);
  return {
    standardError: error.standardError,
    low: inference.interval!.low,
    high: inference.interval!.high,
    pValue: inference.pValue!,
  };
}

/** Every pair of reward models of one data set and concept. */
function contrastsOf(tables: readonly StudyTable[], interval: IntervalOptions): Contrast[] {
  return tables.flatMap((first, index) =>
    tables
      .slice(index + 1)
      .filter(
        (second) =>
          second.dataset === first.dataset &&
          second.concept === first.concept &&
          second.rewardKey !== first.rewardKey,
      )
      .flatMap((second) => contrastOf(first, second, interval) ?? []),
  );
}

/** Paired: each example's part in the one effect size less its part in the other. */
function contrastOf(first: StudyTable, second: StudyTable, interval: IntervalOptions): Contrast | null {
  const found = pairedDifference(first, second, effectSizeOf);
  if (!found) return null;
  const { value, n } = found;
  const { dataset, concept, rewardKey } = first;
  const names = { dataset, concept, first: rewardKey, second: second.rewardKey };
  return { ...names, n, value, ...inferred(value, found, interval) };
}

/** Data sets are independent: variances add with the squared weights. */
function pooledOf(estimates: readonly Estimate[], interval: IntervalOptions): Pooled[] {
  const groups = new Map<string, Estimate[]>();
  for (const estimate of estimates) {
    const key = JSON.stringify([estimate.entry.concept, estimate.entry.rewardKey]);
    groups.set(key, [...(groups.get(key) ?? []), estimate]);
  }
  return [...groups.values()]
    .filter((group) => group.length > 1)
    .map((group) => {
      const n = group.reduce((total, { linear }) => total + linear.n, 0);
      const value = group.reduce((total, { linear }) => total + (linear.n / n) * linear.value, 0);
      const standardError = Math.sqrt(
        group.reduce((total, { linear, error }) => total + ((linear.n / n) * error.standardError) ** 2, 0),
      );
      const degrees = group.reduce((total, { error }) => total + error.degrees, 0);
      const { concept, rewardKey } = group[0]!.entry;
      return {
        concept,
        rewardKey,
        datasets: group.map(({ entry }) => entry.dataset),
        n,
        value,
        ...inferred(value, { standardError, degrees }, interval),
        heterogeneity: heterogeneityOf(
          group.map(({ linear, error }) => ({ value: linear.value, standardError: error.standardError })),
        ),
      };
    });
}
