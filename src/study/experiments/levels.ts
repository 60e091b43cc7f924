import { inputError } from "../../domain/errors.js";
import { randomStream, uniform } from "../../estimation/numeric/random.js";

/** How strongly attribute and confounder go together at the levels of a sweep: 0.50, 0.55 … 1.00. */
export const LEVELS: readonly number[] = Array.from({ length: 11 }, (_, index) => (50 + 5 * index) / 100);

/** Sizes of which every level's probability is a whole number of examples are multiples of this. */
const EXACT = 20;

/** Something for each of the four cells, by attribute (w) and confounder. */
export interface Cells<Value> {
  readonly treatedHigh: Value;
  readonly treatedLow: Value;
  readonly untreatedHigh: Value;
  readonly untreatedLow: Value;
}

/** Where the attribute goes with a high confounder (`with`), or with a low one (`against`, the mirror image). */
export type Direction = "with" | "against";

export interface Level {
  /** The wished P(treated | high), or P(untreated | high) in the mirror image; P(untreated | low) is the same. */
  readonly probability: number;
  /** What whole numbers of examples give. */
  readonly share: number;
  readonly counts: Cells<number>;
}

/**
 * The counts of every level of a sweep and of its mirror image: all of one size, half of it high and half low, so
 * that the two margins stay as they are and only their going together grows. The size is the largest that every cell
 * can give, down to a multiple of 40 where there are that many, which makes every probability exact; below that,
 * counts are the nearest whole numbers. Throws when a cell has fewer than two examples.
 */
export function planSweep(available: Cells<number>, direction: Direction): Level[] {
  const smallest = Math.min(...Object.values({ ...available } as Record<string, number>));
  if (smallest < 2) {
    const counts = Object.entries(available).map(([cell, count]) => `${cell} ${count}`);
    throw inputError(
      `every combination of attribute and confounder needs at least 2 examples (${counts.join(", ")}); give more data, or another confounder`,
    );
  }
  const half = smallest < EXACT ? smallest : smallest - (smallest % EXACT);
  return LEVELS.map((probability) => {
    // Half an example is rounded up; the small amount keeps 0.55·20 from falling below 11.
    const together = Math.floor(probability * half + 0.5 + 1e-9);
    const apart = half - together;
    const [high, low] = direction === "with" ? [together, apart] : [apart, together];
    return {
      probability,
      share: together / half,
      counts: { treatedHigh: high, treatedLow: low, untreatedHigh: low, untreatedLow: high },
    };
  });
}

/**
 * The rows of a level, in the order of the data: of each cell's rows the first so many of a random order. The order
 * is the same for all levels, so that neighbouring levels differ in as few rows as they can.
 */
export function chooseRows(
  cells: Cells<readonly number[]>,
  { counts }: Pick<Level, "counts">,
  seed: number,
): number[] {
  return (Object.keys(counts) as (keyof Cells<number>)[])
    .flatMap((cell, stream) => shuffled(cells[cell], seed, stream).slice(0, counts[cell]))
    .sort((a, b) => a - b);
}

/** Fisher and Yates. */
function shuffled(rows: readonly number[], seed: number, stream: number): number[] {
  const random = randomStream(seed, stream);
  const order = [...rows];
  for (let last = order.length - 1; last > 0; last -= 1) {
    const other = Math.floor(uniform(random) * (last + 1));
    [order[last], order[other]] = [order[other]!, order[last]!];
  }
  return order;
}

/** Rows by cell: the confounder is high above its median. */
export function splitCells(
  treated: ArrayLike<number>,
  confounder: Float64Array,
  threshold: number,
): Cells<readonly number[]> {
  const cells = {
    treatedHigh: [] as number[],
    treatedLow: [] as number[],
    untreatedHigh: [] as number[],
    untreatedLow: [] as number[],
  };
  confounder.forEach((value, row) => {
    const high = value > threshold;
    const cell =
      treated[row] === 1 ? (high ? "treatedHigh" : "treatedLow") : high ? "untreatedHigh" : "untreatedLow";
    cells[cell].push(row);
  });
  return cells;
}
