import type { Effect, Interval } from "../../domain/effect.js";
import { diagnose } from "../diagnostics/index.js";
import { bootstrapReplicates, summarizeReplicates } from "../estimators/bootstrap.js";
import { type EffectSummary, estimateEffects } from "../estimators/estimate-effects.js";
import { preferencesOf } from "../estimators/preferences.js";
import { randomStream } from "../numeric/random.js";
import type { Drawn, World } from "./worlds.js";

/** What an interval method did over replicates. */
export interface IntervalTally {
  count: number;
  covered: number;
  width: number;
}

/** What an estimator did over replicates: sums, so that parts can be added. */
export interface EstimatorTally {
  count: number;
  error: number;
  squaredError: number;
  standardError: number;
  readonly intervals: Record<string, IntervalTally>;
}

export interface WorldTally {
  readonly estimators: Record<string, EstimatorTally>;
  /** Replicates that were diagnosed, and how many of them each diagnostic warned in. */
  diagnosed: number;
  readonly warned: Record<string, number>;
}

const ESTIMATORS = [
  ["naive", 0],
  ["single_rewrite", 1],
  ["rate", 4],
] as const;

/** Bootstrap replicates for each simulated data set. */
const BOOTSTRAP = 999;

/** Simulates replicates `from` to `to` − 1 of a world: every estimator of the ATE with every interval, against the truth. */
export function simulate(
  world: World,
  seed: number,
  from: number,
  to: number,
  options: { readonly bootstrapEvery: number; readonly diagnoseEvery: number },
): WorldTally {
  const tally: WorldTally = { estimators: {}, diagnosed: 0, warned: {} };
  for (let replicate = from; replicate < to; replicate += 1) {
    const drawn = world.draw(randomStream(seed, replicate));
    const { table } = drawn;
    const [normal, t] = (["normal", "t"] as const).map((method) =>
      estimateEffects(table, { interval: { method, level: 0.95 } }),
    ) as [EffectSummary, EffectSummary];
    const resampled = replicate % options.bootstrapEvery === 0 ? resample(drawn, replicate) : null;
    for (const [estimator, place] of ESTIMATORS) {
      const find = (summary: EffectSummary) =>
        summary.rows.find((row) => row.estimator === estimator && row.estimand === "ate");
      const row = find(normal);
      if (!row || row.value === null) continue;
      const intervals: Record<string, Interval | null> = {
        normal: row.interval,
        t: (find(t) as Effect).interval,
      };
      for (const [method, summaries] of Object.entries(resampled ?? {})) {
        const summary = summaries[place];
        if (summary) intervals[method] = { low: summary.low, high: summary.high, level: 0.95 };
      }
      add(tally, estimator, row, world.truth, intervals);
    }
    if (replicate % options.diagnoseEvery === 0) addDiagnosis(tally, drawn, normal, replicate);
  }
  return tally;
}

function resample({ table }: Drawn, seed: number) {
  const replicates = bootstrapReplicates(table, seed, 0, BOOTSTRAP);
  return {
    percentile: summarizeReplicates(table, replicates, { method: "percentile", level: 0.95 }),
    bca: summarizeReplicates(table, replicates, { method: "bca", level: 0.95 }),
  };
}

function add(
  tally: WorldTally,
  estimator: string,
  row: Effect,
  truth: number,
  intervals: Record<string, Interval | null>,
): void {
  const own = tally.estimators[estimator] ?? {
    count: 0,
    error: 0,
    squaredError: 0,
    standardError: 0,
    intervals: {},
  };
  tally.estimators[estimator] = own;
  own.count += 1;
  own.error += row.value - truth;
  own.squaredError += (row.value - truth) ** 2;
  own.standardError += row.standardError ?? 0;
  for (const [method, interval] of Object.entries(intervals)) {
    if (!interval) continue;
    const kept = own.intervals[method] ?? { count: 0, covered: 0, width: 0 };
    own.intervals[method] = kept;
    kept.count += 1;
    if (interval.low <= truth && truth <= interval.high) kept.covered += 1;
    kept.width += interval.high - interval.low;
  }
}

function addDiagnosis(tally: WorldTally, drawn: Drawn, summary: EffectSummary, seed: number): void {
  tally.diagnosed += 1;
  const diagnostics = diagnose({
    table: drawn.table,
    summary,
    flipOf: drawn.flipOf,
    tieRate: preferencesOf(drawn.table, 0.95).tie?.value ?? null,
    placebo: new Float64Array(0),
    withoutRewards: drawn.lost,
    failures: {},
    truncated: 0,
    sample: [],
    seed,
  });
  for (const { name, warns } of diagnostics) if (warns) tally.warned[name] = (tally.warned[name] ?? 0) + 1;
}

/** Adds the tallies of a part to those of another. */
export function merge(a: WorldTally, b: WorldTally): WorldTally {
  const estimators = Object.fromEntries(
    [...new Set([...Object.keys(a.estimators), ...Object.keys(b.estimators)])].map((name) => [
      name,
      mergeEstimators(a.estimators[name], b.estimators[name]),
    ]),
  );
  const names = [...new Set([...Object.keys(a.warned), ...Object.keys(b.warned)])];
  return {
    estimators,
    diagnosed: a.diagnosed + b.diagnosed,
    warned: Object.fromEntries(names.map((name) => [name, (a.warned[name] ?? 0) + (b.warned[name] ?? 0)])),
  };
}

function mergeEstimators(a: EstimatorTally = NONE, b: EstimatorTally = NONE): EstimatorTally {
  const methods = [...new Set([...Object.keys(a.intervals), ...Object.keys(b.intervals)])];
  const of = (tally: EstimatorTally, method: string) =>
    tally.intervals[method] ?? { count: 0, covered: 0, width: 0 };
  return {
    count: a.count + b.count,
    error: a.error + b.error,
    squaredError: a.squaredError + b.squaredError,
    standardError: a.standardError + b.standardError,
    intervals: Object.fromEntries(
      methods.map((method) => [
        method,
        {
          count: of(a, method).count + of(b, method).count,
          covered: of(a, method).covered + of(b, method).covered,
          width: of(a, method).width + of(b, method).width,
        },
      ]),
    ),
  };
}

const NONE: EstimatorTally = { count: 0, error: 0, squaredError: 0, standardError: 0, intervals: {} };
