import { differencesByArm } from "../numeric/columns.js";
import { mean } from "../numeric/moments.js";
import { type RandomSource, randomStream } from "../numeric/random.js";
import { sumOfSquaresAround } from "../numeric/sum.js";
import { type Diagnostic, type Evidence, percentText } from "./diagnostic.js";

const PERMUTATIONS = 100;
/** Rows whose labels are permuted; of more, a random sample. */
const PERMUTED = 1_000;

/** Refuters: labels permuted at random should give no effect; two random halves should agree. */
export function refuters({ table, differences, seed, summary, effect }: Evidence): Diagnostic[] {
  const scale = summary.rewardStd.value || null;
  if (!effect || scale === null || differences.length < 4) return [];
  const random = randomStream(seed, 0x7ef07e);
  const bothArms = summary.treatedCount > 0 && summary.untreatedCount > 0;
  const beyond = bothArms ? permuteLabels(table, random) : 0;
  const found: Diagnostic[] = [];
  if (bothArms) {
    const value = (beyond + 1) / (PERMUTATIONS + 1);
    found.push({
      name: "permuted_labels",
      value,
      threshold: null,
      warns: false,
      sentence: `with the labels of w permuted at random, an effect as large as this came out in ${percentText(beyond / PERMUTATIONS)} of ${PERMUTATIONS} tries`,
    });
  }
  const [a, b] = randomHalves(differences, random);
  if (a.n < 2 || b.n < 2 || a.standardError + b.standardError === 0) return found;
  const z = Math.abs(a.mean - b.mean) / Math.hypot(a.standardError, b.standardError);
  found.push({
    name: "random_halves_z",
    value: z,
    threshold: 3,
    warns: z > 3 && table.clusters === null,
    sentence: `two random halves give ${(a.mean / scale).toFixed(3)} and ${(b.mean / scale).toFixed(3)} sd, ${z.toFixed(1)} standard errors apart`,
  });
  return found;
}

/**
 * How many of the permutations of w give an effect at least as large as the true labels do, on a random sample of the rows. The effect is the sum over one arm
 * less that over the other, so that drawing the rows of the smaller arm is enough.
 */
function permuteLabels(
  { treated, rewrite, rewriteOfRewrite }: Evidence["table"],
  random: RandomSource,
): number {
  const rows = randomRows(treated.length, PERMUTED, random);
  const n = rows.length;
  const raw = new Float64Array(n);
  let [observed, total, ones] = [0, 0, 0];
  for (let index = 0; index < n; index += 1) {
    const row = rows[index]!;
    const value = rewriteOfRewrite[row]! - rewrite[row]!;
    raw[index] = value;
    total += value;
    observed += treated[row]! * value;
    ones += treated[row]!;
  }
  const effect = Math.abs(2 * observed - total);
  const drawn = Math.min(ones, n - ones);
  let beyond = 0;
  for (let round = 0; round < PERMUTATIONS; round += 1) {
    let sum = 0;
    for (let index = 0; index < drawn; index += 1) {
      const other = index + Math.floor((random() / 2 ** 32) * (n - index));
      const value = raw[other]!;
      raw[other] = raw[index]!;
      raw[index] = value;
      sum += value;
    }
    if (Math.abs(2 * sum - total) >= effect) beyond += 1;
  }
  return beyond;
}

/** Some rows drawn without replacement; all of them where there are no more. */
function randomRows(count: number, most: number, random: RandomSource): Int32Array {
  const rows = Int32Array.from({ length: count }, (_, row) => row);
  if (count <= most) return rows;
  for (let index = 0; index < most; index += 1) {
    const other = index + Math.floor((random() / 2 ** 32) * (count - index));
    const row = rows[other]!;
    rows[other] = rows[index]!;
    rows[index] = row;
  }
  return rows.subarray(0, most);
}

interface Half {
  readonly n: number;
  readonly mean: number;
  readonly standardError: number;
}

/** RATE's ATE in two random halves of the rows. */
function randomHalves(differences: Float64Array, random: RandomSource): readonly [Half, Half] {
  // The lowest bit of each byte says which half.
  const bits = new Uint32Array(Math.ceil(differences.length / 4));
  for (let index = 0; index < bits.length; index += 1) bits[index] = random();
  const describe = (values: Float64Array): Half => {
    if (values.length < 2) return { n: values.length, mean: 0, standardError: 0 };
    const middle = mean(values);
    const variance = sumOfSquaresAround(values, middle) / (values.length - 1);
    return { n: values.length, mean: middle, standardError: Math.sqrt(variance / values.length) };
  };
  const [one, other] = differencesByArm(
    new Uint8Array(bits.buffer, 0, differences.length),
    differences,
    new Float64Array(differences.length),
  );
  return [describe(one), describe(other)];
}
