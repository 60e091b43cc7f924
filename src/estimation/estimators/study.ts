import type { RewardTable } from "../../domain/example.js";
import type { MeanError } from "../numeric/mean-error.js";
import { benjaminiHochberg, holm } from "../numeric/multiplicity.js";
import { satterthwaite } from "../numeric/satterthwaite.js";
import { type IntervalOptions, infer } from "./inference.js";
import { type InfluenceEstimate, linearSize } from "./influence.js";
import { onSharedExamples, pairedDifference } from "./paired-difference.js";
import { type Heterogeneity, heterogeneityOf } from "./subgroups.js";

/** One reward model on one data set, as a study sees it. */
export interface StudyTable {
  readonly dataset: string;
  readonly concept: string;
  readonly rewardKey: string;
  readonly table: RewardTable;
  readonly idOf: (row: number) => string;
  /** Interval and p-value of RATE's ATE that the result by itself has, where they are not those of the formula: the bootstrap's. */
  readonly own?: Pick<Judged, "low" | "high" | "pValue"> | null;
}

/** A number in effect sizes with its uncertainty. */
interface Judged {
  readonly value: number;
  readonly standardError: number;
  readonly df: number;
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

/** Effect size of the first reward model less that of the second, on the examples that both have scored. */
export interface Contrast extends Judged {
  readonly dataset: string;
  readonly concept: string;
  readonly first: string;
  readonly second: string;
  /** Examples that both have, and those that one has alone, which are left out. */
  readonly n: number;
  readonly onlyFirst: number;
  readonly onlySecond: number;
  /** The p-value corrected for the number of contrasts. */
  readonly holm: number;
}

/** Several data sets of one concept under one reward model: effect sizes weighted by the numbers of examples. */
export interface Pooled extends Judged {
  readonly concept: string;
  readonly rewardKey: string;
  readonly datasets: readonly string[];
  readonly n: number;
  readonly heterogeneity: Heterogeneity | null;
}

/** Two data sets of one reward model that share rows, which makes pooling them wrong. */
export interface SharedRows {
  readonly rewardKey: string;
  readonly first: string;
  readonly second: string;
  /** Rows of the first whose arm and rewards are a row of the second too. */
  readonly rows: number;
}

export interface StudySummary {
  readonly rows: readonly StudyRow[];
  readonly contrasts: readonly Contrast[];
  readonly pooled: readonly Pooled[];
  readonly sharedRows: readonly SharedRows[];
}

/** Which pairs of reward models are compared: all, or these alone. */
export type Compared = "all" | readonly (readonly [string, string])[];

/**
 * RATE's ATE in effect sizes for every table, judged together: corrected p-values, simultaneous intervals, contrasts between models, pooling by concept.
 */
export function summarizeStudy(
  tables: readonly StudyTable[],
  interval: IntervalOptions,
  compared: Compared = "all",
): StudySummary {
  const estimates = tables.flatMap((entry): Estimate[] => {
    const estimate = linearSize(entry.table, "rate", "ate");
    if (!estimate?.error) return [];
    const { error } = estimate;
    const inference = { ...inferred(estimate.value, error, interval), ...entry.own };
    return [{ entry, estimate, error, inference }];
  });
  const pValues = estimates.map(({ inference }) => inference.pValue);
  const [stepDown, falseDiscovery] = [holm(pValues), benjaminiHochberg(pValues)];
  const shared = { ...interval, level: 1 - (1 - interval.level) / Math.max(1, estimates.length) };
  const rows = estimates.map(({ entry, estimate, error, inference }, index): StudyRow => {
    const all = inferred(estimate.value, error, shared);
    return {
      dataset: entry.dataset,
      concept: entry.concept,
      rewardKey: entry.rewardKey,
      value: estimate.value,
      ...inference,
      holm: stepDown[index]!,
      benjaminiHochberg: falseDiscovery[index]!,
      simultaneousLow: all.low,
      simultaneousHigh: all.high,
    };
  });
  return {
    rows,
    contrasts: contrastsOf(tables, interval, compared),
    pooled: pooledOf(estimates, interval),
    sharedRows: sharedRowsOf(tables),
  };
}

interface Estimate {
  readonly entry: StudyTable;
  readonly estimate: InfluenceEstimate;
  readonly error: MeanError;
  readonly inference: Omit<Judged, "value">;
}

function inferred(value: number, error: MeanError, interval: IntervalOptions): Omit<Judged, "value"> {
  const inference = infer(value, { ...error, method: "paired" }, interval);
  return {
    standardError: error.standardError,
    df: error.degrees,
    low: inference.interval!.low,
    high: inference.interval!.high,
    pValue: inference.pValue!,
  };
}

/** The wanted pairs of reward models of one data set and concept. */
function contrastsOf(
  tables: readonly StudyTable[],
  interval: IntervalOptions,
  compared: Compared,
): Contrast[] {
  const pairs =
    compared === "all"
      ? tables.flatMap((first, index) => tables.slice(index + 1).map((second) => [first, second] as const))
      : compared.flatMap(([one, other]) =>
          tables
            .filter(({ rewardKey }) => rewardKey === one)
            .flatMap((first) =>
              tables.filter(({ rewardKey }) => rewardKey === other).map((second) => [first, second] as const),
            ),
        );
  const found = pairs
    .filter(
      ([first, second]) =>
        second.dataset === first.dataset &&
        second.concept === first.concept &&
        second.rewardKey !== first.rewardKey,
    )
    .flatMap(([first, second]) => contrastOf(first, second, interval) ?? []);
  const corrected = holm(found.map(({ pValue }) => pValue));
  return found.map((contrast, index) => ({ ...contrast, holm: corrected[index]! }));
}

/** Paired: each shared example's part in the one effect size less its part in the other. */
function contrastOf(
  one: StudyTable,
  other: StudyTable,
  interval: IntervalOptions,
): Omit<Contrast, "holm"> | null {
  const { first, second, onlyFirst, onlySecond } = onSharedExamples(one, other);
  if (first.table.treated.length === 0) return null;
  const found = pairedDifference(first, second, (table) => linearSize(table, "rate", "ate"));
  if (!found) return null;
  const { value, n } = found;
  const { dataset, concept, rewardKey } = one;
  const names = { dataset, concept, first: rewardKey, second: other.rewardKey };
  return { ...names, n, onlyFirst, onlySecond, value, ...inferred(value, found, interval) };
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
      const n = group.reduce((total, { estimate }) => total + estimate.n, 0);
      const value = group.reduce((total, { estimate }) => total + (estimate.n / n) * estimate.value, 0);
      const parts = group.map(({ estimate, error }) => ({
        variance: ((estimate.n / n) * error.standardError) ** 2,
        degrees: error.degrees,
      }));
      const standardError = Math.sqrt(parts.reduce((total, { variance }) => total + variance, 0));
      const { concept, rewardKey } = group[0]!.entry;
      return {
        concept,
        rewardKey,
        datasets: group.map(({ entry }) => entry.dataset),
        n,
        value,
        ...inferred(value, { standardError, degrees: satterthwaite(parts) }, interval),
        heterogeneity: heterogeneityOf(
          group.map(({ entry, estimate, error }) => ({
            name: entry.dataset,
            n: estimate.n,
            value: estimate.value,
            ...error,
          })),
        ),
      };
    });
}

/** Shares of rows that are the same by which two data sets are not taken for two. */
const SHARED = 0.5;

/** Data sets of one reward model with other names, of which at least half of the smaller one's rows are in the other. */
function sharedRowsOf(tables: readonly StudyTable[]): SharedRows[] {
  return tables.flatMap((first, index) =>
    tables.slice(index + 1).flatMap((second): SharedRows[] => {
      if (second.rewardKey !== first.rewardKey || second.dataset === first.dataset) return [];
      const known = new Map<string, number>();
      for (const key of rowKeys(second.table)) known.set(key, (known.get(key) ?? 0) + 1);
      let rows = 0;
      for (const key of rowKeys(first.table)) {
        const left = known.get(key) ?? 0;
        if (left === 0) continue;
        known.set(key, left - 1);
        rows += 1;
      }
      const smaller = Math.min(first.table.treated.length, second.table.treated.length);
      if (smaller === 0 || rows < SHARED * smaller || isFlat(first.table)) return [];
      return [{ rewardKey: first.rewardKey, first: first.dataset, second: second.dataset, rows }];
    }),
  );
}

/** A row's arm and rewards: those of two different examples are hardly ever the same three numbers. */
function* rowKeys({ treated, original, rewrite, rewriteOfRewrite }: RewardTable): Iterable<string> {
  for (let row = 0; row < treated.length; row += 1)
    yield `${treated[row]} ${original[row]} ${rewrite[row]} ${rewriteOfRewrite[row]}`;
}

/** Whether most rows have the rewards of another row, which says nothing about where they are from. */
function isFlat(table: RewardTable): boolean {
  return new Set(rowKeys(table)).size < table.treated.length / 2;
}
