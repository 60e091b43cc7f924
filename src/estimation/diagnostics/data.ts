import { attritionOf } from "../estimators/attrition.js";
import { farthest } from "../numeric/columns.js";
import { normalTwoSided } from "../numeric/normal.js";
import { scoreError } from "../numeric/score-error.js";
import { type Diagnostic, type Evidence, percentText } from "./diagnostic.js";

const ENOUGH_EXAMPLES = 30;
/** With fewer degrees of freedom, how far the intervals reach is itself poorly known. */
const ENOUGH_DEGREES = 10;
/** Rows whose rewards are looked at for their grid and ends; of more, an even sample. */
const LOOKED_AT = 2_000;
/** Standard errors between the estimate at the weights of all attempted examples and that at those left. */
const FAR_APART = 0.5;
/** Level of intervals that no one sees. */
const LEVEL = 0.95;
/** Share of the examples. */
const MISSING = 0.05;
/** In standard errors; an example that alone made the whole standard error would reach 1. */
const DECISIVE = 0.5;

export function fewExamples({ summary, table, effect }: Evidence): Diagnostic[] {
  const arms = [
    ["w_1", "w = 1", summary.treatedCount],
    ["w_0", "w = 0", summary.untreatedCount],
  ] as const;
  const few = arms
    .filter(([, , count]) => count > 0)
    .map(([name, arm, count]) => ({
      name: `examples_${name}`,
      value: count,
      threshold: ENOUGH_EXAMPLES,
      warns: count < ENOUGH_EXAMPLES,
      sentence:
        count < ENOUGH_EXAMPLES
          ? `only ${count} examples have ${arm}: read the intervals with care`
          : `${count} examples have ${arm}`,
    }));
  const { clusterCount } = summary;
  if (table.clusters === null || clusterCount === null) return few;
  const clusters = {
    name: "clusters",
    value: clusterCount,
    threshold: null,
    warns: false,
    sentence: `${clusterCount} clusters`,
  };
  const df = effect?.df ?? null;
  if (df === null) return [...few, clusters];
  const warns = df < ENOUGH_DEGREES;
  const degrees = `the clusters tell as much about the error as ${df.toFixed(1)} degrees of freedom do`;
  return [
    ...few,
    clusters,
    {
      name: "degrees_of_freedom",
      value: df,
      threshold: ENOUGH_DEGREES,
      warns,
      sentence: warns ? `${degrees}: there are few of them, or some hold most of the examples` : degrees,
    },
  ];
}

/** How far leaving out the largest single example, or the largest cluster, moves the estimate, in its standard errors. */
export function influence({ table, differences, effect }: Evidence): Diagnostic[] {
  const n = differences.length;
  if (!effect || n < 2) return [];
  const scores = differences.map((difference) => (difference - effect.value) / n);
  const error = scoreError({ scores, groups: new Uint8Array(n).fill(1) }, table.clusters);
  if (!error || !(error.standardError > 0)) return [];
  const describe = (name: string, what: string, largest: number): Diagnostic => {
    const value = largest / error.standardError;
    return {
      name,
      value,
      threshold: DECISIVE,
      warns: value > DECISIVE,
      sentence: `leaving out one ${what} moves the estimate by at most ${value.toFixed(2)} of its standard errors${value > DECISIVE ? `: it hangs on single ${what}s` : ""}`,
    };
  };
  // Without the n_g rows whose scores add up to S the mean is lower by S·n/(n − n_g).
  const found = [describe("influence_example", "example", (farthest(scores, 0) * n) / (n - 1))];
  if (!table.clusters) return found;
  const clusters = new Map<number, { rows: number; sum: number }>();
  scores.forEach((score, row) => {
    const own = clusters.get(table.clusters![row]!) ?? { rows: 0, sum: 0 };
    own.rows += 1;
    own.sum += score;
    clusters.set(table.clusters![row]!, own);
  });
  const moves = [...clusters.values()].map(({ rows, sum }) => (Math.abs(sum) * n) / (n - rows));
  return [...found, describe("influence_cluster", "cluster", Math.max(...moves))];
}

/** What is missing by arm and why, and how far it could move the estimate at worst. */
export function missing({ differences, summary, withoutRewards, failures }: Evidence): Diagnostic[] {
  const found: Diagnostic[] = [];
  const n = differences.length;
  if (summary.withoutOriginal > 0) {
    const all = summary.withoutOriginal === n;
    const scale =
      summary.rewardStd.pooledOver === "rewrites"
        ? "; effect sizes use the spread of the rewrites' rewards"
        : "";
    found.push({
      name: "without_original",
      value: summary.withoutOriginal,
      threshold: 0,
      warns: true,
      sentence: `${all ? "all" : summary.withoutOriginal} examples lack a reward of the original: naive and single rewrite ${all ? "cannot be estimated" : "are estimated without them"}${scale}`,
    });
  }
  const lost = withoutRewards.treated + withoutRewards.untreated;
  if (lost === 0) return found;
  const reasons = Object.entries(failures).map(
    ([reason, { treated, untreated }]) => `${reason}: ${treated} and ${untreated}`,
  );
  found.push({
    name: "missing",
    value: lost / (n + lost),
    threshold: MISSING,
    warns: lost / (n + lost) > MISSING,
    sentence: `${withoutRewards.treated} examples with w = 1 and ${withoutRewards.untreated} with w = 0 have no rewards and are left out (${reasons.join("; ")})`,
  });
  const uneven = unevenness(withoutRewards, summary);
  if (uneven) found.push(uneven);
  found.push(...attemptedWeights(summary));
  const scale = summary.rewardStd.value || null;
  if (scale === null || n === 0) return found;
  let [low, high, total] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0];
  for (let row = 0; row < n; row += 1) {
    const difference = differences[row]!;
    low = Math.min(low, difference);
    high = Math.max(high, difference);
    total += difference;
  }
  for (const [name, extreme] of [
    ["worst_case_low", low],
    ["worst_case_high", high],
  ] as const) {
    const value = (total + lost * extreme) / (n + lost) / scale;
    found.push({
      name,
      value,
      threshold: null,
      warns: false,
      sentence: `if every missing example had the ${name === "worst_case_low" ? "lowest" : "highest"} difference seen, the effect would be ${value.toFixed(3)} sd: a bound under the observed range`,
    });
  }
  return found;
}

/** The effect with the arms weighted by the examples that were to be estimated from. */
function attemptedWeights(summary: Evidence["summary"]): Diagnostic[] {
  const attrition = attritionOf(summary, LEVEL);
  if (!attrition?.atAttemptedWeights || attrition.shift === null) return [];
  const { reward, sd } = attrition.atAttemptedWeights;
  const { value, standardError } = sd ?? reward;
  const unit = sd ? "sd" : "reward units";
  const warns = attrition.shift > FAR_APART;
  return [
    {
      name: "attempted_weights_shift",
      value: attrition.shift,
      threshold: FAR_APART,
      warns,
      sentence: `with the arms weighted by the examples that were attempted the effect is ${value.toFixed(3)} ${unit} (standard error ${standardError.toFixed(3)})${warns ? ": what is missing moves it" : ""}`,
    },
  ];
}

/** Whether more of one arm is missing than chance explains: the pooled test of two proportions. Null where an arm is empty. */
function unevenness(
  lost: Evidence["withoutRewards"],
  { treatedCount, untreatedCount }: Evidence["summary"],
): Diagnostic | null {
  const treated = treatedCount + lost.treated;
  const untreated = untreatedCount + lost.untreated;
  if (treated === 0 || untreated === 0) return null;
  const pooled = (lost.treated + lost.untreated) / (treated + untreated);
  const shares = [lost.treated / treated, lost.untreated / untreated] as const;
  const error = Math.sqrt(pooled * (1 - pooled) * (1 / treated + 1 / untreated));
  const p = error > 0 ? normalTwoSided((shares[0] - shares[1]) / error) : 1;
  const warns = p < 0.05;
  const of = `${percentText(shares[0])} of w = 1 and ${percentText(shares[1])} of w = 0 are missing`;
  return {
    name: "missing_uneven_p_value",
    value: p,
    threshold: 0.05,
    warns,
    sentence: warns ? `the loss is uneven: ${of}` : `${of}: no more uneven than by chance`,
  };
}

/** The grid that rewards lie on, ties, and rewards that pile up at an end. */
export function grid({ table, summary, effect, tieRate }: Evidence): Diagnostic[] {
  const found: Diagnostic[] = [];
  const rewards = [table.rewrite, table.rewriteOfRewrite, table.original];
  let [count, coarse, largest] = [0, 0, 0];
  let [top, bottom] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  const [float, bits] = floatAndBits();
  const step = Math.ceil(table.treated.length / LOOKED_AT);
  for (const column of rewards) {
    for (let row = 0; row < column.length; row += step) {
      const value = column[row]!;
      if (Number.isNaN(value)) continue;
      count += 1;
      float[0] = value;
      if (float[0] === value && (bits[0]! & 0xffff) === 0) coarse += 1;
      largest = Math.max(largest, Math.abs(value));
      top = Math.max(top, value);
      bottom = Math.min(bottom, value);
    }
  }
  if (count === 0) return found;
  if (
    coarse / count > 0.99 &&
    largest > 0 &&
    !rewards.some((column) => column.every((value) => Number.isInteger(value)))
  ) {
    // bfloat16 has eight significant bits.
    const step = 2 ** (Math.floor(Math.log2(largest)) - 7);
    const warns = effect !== null && Math.abs(effect.value) < step;
    found.push({
      name: "grid_step",
      value: step,
      threshold: effect ? Math.abs(effect.value) : null,
      warns,
      sentence: `the rewards lie on the grid of bfloat16, up to ${step} apart${warns ? ": the effect is smaller than a step, so single differences mean little" : ""}`,
    });
  }
  if (tieRate !== null) {
    const warns = tieRate > 0.2;
    found.push({
      name: "tie_rate",
      value: tieRate,
      threshold: 0.2,
      warns,
      sentence: `both rewrites of ${percentText(tieRate)} of the examples have the same reward`,
    });
  }
  let atEnd = 0;
  for (const column of rewards) {
    for (let row = 0; row < column.length; row += step)
      if (column[row] === top || column[row] === bottom) atEnd += 1;
  }
  const saturated = top > bottom ? atEnd / count : 1;
  const warns = saturated > 0.1 && summary.treatedCount + summary.untreatedCount > 20;
  found.push({
    name: "saturation",
    value: saturated,
    threshold: 0.1,
    warns,
    sentence: `${percentText(saturated)} of the rewards are the largest or the smallest there is${warns ? ": the model may be at the end of its scale" : ""}`,
  });
  return found;
}

function floatAndBits(): readonly [Float32Array, Uint32Array] {
  const float = new Float32Array(1);
  return [float, new Uint32Array(float.buffer)];
}
