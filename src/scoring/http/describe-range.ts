/** What outputs that all lie between 0 and 1 look like, in words. */
export function describeRange(raw: readonly (readonly number[])[]): string {
  const all = raw.flat();
  if (raw[0]!.length === 1 && all.every((value) => value === 1))
    return "every score is 1.0: a softmax over one output";
  const sums = raw.map((outputs) => outputs.reduce((sum, value) => sum + value, 0));
  if (raw[0]!.length > 1 && sums.every((sum) => Math.abs(sum - 1) < 1e-3))
    return "the outputs of each text add up to 1: a softmax";
  return `all outputs lie between ${Math.min(...all).toPrecision(3)} and ${Math.max(...all).toPrecision(3)}: probably a sigmoid`;
}
