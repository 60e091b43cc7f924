/** Numbers counted in equal bins: bin i holds the numbers from low + i·step up to low + (i + 1)·step, the last one its end too. */
export interface Histogram {
  readonly low: number;
  readonly step: number;
  readonly counts: readonly number[];
  readonly n: number;
  readonly mean: number;
}

/** Bins of a round width, at most `most`, with 0 on a border. Null without numbers. */
export function histogramOf(values: Float64Array, most = 32): Histogram | null {
  if (values.length === 0) return null;
  let [least, greatest, total] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0];
  for (const value of values) {
    least = Math.min(least, value);
    greatest = Math.max(greatest, value);
    total += value;
  }
  const step = roundStep((greatest - least || Math.abs(least) || 1) / (most - 2));
  const first = Math.floor(least / step);
  const counts = new Array<number>(Math.floor(greatest / step) - first + 1).fill(0);
  for (const value of values) counts[Math.floor(value / step) - first]! += 1;
  return { low: first * step, step, counts, n: values.length, mean: total / values.length };
}

/** The least of 1, 2 and 5 times a power of ten that is not below the given width. */
function roundStep(width: number): number {
  const power = 10 ** Math.floor(Math.log10(width));
  const factor = [1, 2, 5, 10].find((candidate) => candidate * power >= width * (1 - 1e-9))!;
  return factor * power;
}

/** A scale from numbers to percent of a width, with round ticks. */
export interface Scale {
  readonly ticks: readonly number[];
  at(value: number): number;
}

/** Holds all the given numbers, and 0, with a little room at both ends. */
export function scaleOf(values: readonly number[]): Scale {
  const low = Math.min(0, ...values);
  const high = Math.max(0, ...values);
  const room = (high - low || 1) * 0.04;
  const [from, to] = [low - room, high + room];
  const step = roundStep((to - from) / 6);
  const ticks: number[] = [];
  for (let tick = Math.ceil(from / step); tick * step <= to; tick += 1) ticks.push(tick * step);
  return { ticks, at: (value) => (100 * (value - from)) / (to - from) };
}
