/** p-values corrected by Holm's step-down method (S. Holm 1979): the chance of any false finding stays at the level, whatever the dependence. */
export function holm(pValues: readonly number[]): number[] {
  return stepwise(pValues, "down", (p, rank, count) => p * (count - rank));
}

/** p-values corrected for the share of false findings (Benjamini and Hochberg 1995), under independence or positive dependence. */
export function benjaminiHochberg(pValues: readonly number[]): number[] {
  return stepwise(pValues, "up", (p, rank, count) => (p * count) / (rank + 1));
}

function stepwise(
  pValues: readonly number[],
  direction: "down" | "up",
  correct: (p: number, rank: number, count: number) => number,
): number[] {
  const order = pValues.map((p, index) => ({ p, index })).sort((a, b) => a.p - b.p);
  const corrected = order.map(({ p }, rank) => correct(p, rank, order.length));
  const result = new Array<number>(pValues.length);
  if (direction === "down") {
    let largest = 0;
    order.forEach(({ index }, rank) => {
      largest = Math.max(largest, corrected[rank]!);
      result[index] = Math.min(1, largest);
    });
  } else {
    let smallest = 1;
    for (let rank = order.length - 1; rank >= 0; rank -= 1) {
      smallest = Math.min(smallest, corrected[rank]!);
      result[order[rank]!.index] = smallest;
    }
  }
  return result;
}
