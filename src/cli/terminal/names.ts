/** `org/model` as `model` in rows of names, where all that differed still differs then. */
export function withoutOwners(names: readonly (readonly string[])[]): readonly (readonly string[])[] {
  const short = names.map((own) => own.map((name) => name.replace(/(?<!\S)(?:[^\s/]+\/)+(?=[^\s/])/g, "")));
  const count = (all: readonly (readonly string[])[]) => new Set(all.map((own) => JSON.stringify(own))).size;
  return count(short) === count(names) ? short : names;
}

/** Widths that sum to `most` at most: the widest ones give way. */
export function fitWidths(wanted: readonly number[], most: number): number[] {
  const widths = [...wanted];
  while (widths.reduce((sum, width) => sum + width, 0) > Math.max(most, widths.length)) {
    const widest = widths.indexOf(Math.max(...widths));
    widths[widest] = widths[widest]! - 1;
  }
  return widths;
}
