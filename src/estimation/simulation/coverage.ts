import type { Effect, Interval } from "../../domain/effect.js";
import { diagnose } from "../diagnostics/index.js";
import { bootstrapReplicates } from "../estimators/bootstrap.js";
import { summarizeReplicates } from "../estimators/bootstrap-intervals.js";
import { testLimits } from "../estimators/equivalence.js";
import { type EffectSummary, estimateEffects } from "../estimators/estimate-effects.js";
import { infer } from "../estimators/inference.js";
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

/** How often the gate let an effect pass that lies on its limit, which it should in 5 % of the data sets at most. */
export interface GateTally {
  count: number;
  passed: number;
}

export interface WorldTally {
  readonly gate: Record<string, GateTally>;
  readonly estimators: Record<string, EstimatorTally>;
  /** Replicates that were diagnosed, and how many of them each diagnostic warned in. */
  diagnosed: number;
  readonly warned: Record<string, number>;
}

/** Names of the estimates in tallies: which they are, and their places among the replicates. */
const ESTIMATES = [
  ["naive", "naive", "ate", 0],
  ["single_rewrite", "single_rewrite", "ate", 1],
  ["rate", "rate", "ate", 4],
  ["rate_att", "rate", "att", 5],
] as const;

/** Size of the gate's test. */
const ALPHA = 0.05;

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
  const tally: WorldTally = { gate: {}, estimators: {}, diagnosed: 0, warned: {} };
  for (let replicate = from; replicate < to; replicate += 1) {
    const drawn = world.draw(randomStream(seed, replicate));
    const { table } = drawn;
    const summary = estimateEffects(table);
    const resampled = replicate % options.bootstrapEvery === 0 ? resample(drawn, replicate) : null;
    for (const [name, estimator, estimand, place] of ESTIMATES) {
      const row = summary.rows.find((entry) => entry.estimator === estimator && entry.estimand === estimand);
      if (!row || row.value === null) continue;
      addGate(tally, name, row, name === "naive" ? world.naiveTruth : world.truth);
      const intervals: Record<string, Interval | null> = { normal: normalInterval(row), t: row.interval };
      for (const [method, results] of Object.entries(resampled ?? {})) {
        const found = results[place]!;
        if (!("refused" in found)) intervals[method] = { low: found.low, high: found.high, level: 0.95 };
      }
      add(tally, name, row, world.truth, intervals);
    }
    if (replicate % options.diagnoseEvery === 0) addDiagnosis(tally, drawn, summary, replicate);
  }
  return tally;
}

function normalInterval({ value, standardError }: Effect): Interval | null {
  if (standardError === null) return null;
  const uncertainty = { standardError, degrees: Number.POSITIVE_INFINITY, method: "paired" } as const;
  return infer(value, uncertainty, { method: "normal", level: 0.95 }).interval;
}

/** Holds the effect to a limit that it lies on: whether it is shown to be smaller. */
function addGate(
  tally: WorldTally,
  name: string,
  { value, standardError, df, n }: Effect,
  limit: number,
): void {
  const own = tally.gate[name] ?? { count: 0, passed: 0 };
  tally.gate[name] = own;
  own.count += 1;
  const limits = { low: Number.NEGATIVE_INFINITY, high: limit };
  const { verdict } = testLimits({ value, standardError, degrees: df ?? 0, n }, limits, { alpha: ALPHA });
  if (verdict === "pass") own.passed += 1;
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
  const gates = [...new Set([...Object.keys(a.gate), ...Object.keys(b.gate)])];
  const sumOf = (name: string, of: keyof GateTally) => (a.gate[name]?.[of] ?? 0) + (b.gate[name]?.[of] ?? 0);
  return {
    gate: Object.fromEntries(
      gates.map((name) => [name, { count: sumOf(name, "count"), passed: sumOf(name, "passed") }]),
    ),
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
