/** Numbers of examples by arm. */
export interface ArmCounts {
  readonly treated: number;
  readonly untreated: number;
}

/** All examples that are left out, by arm. */
export function leftOut({ failures }: { readonly failures: Readonly<Record<string, ArmCounts>> }): ArmCounts {
  return sumOf(Object.values(failures));
}

/** The sum of several. */
export function sumOf(counts: readonly ArmCounts[]): ArmCounts {
  const total = { treated: 0, untreated: 0 };
  for (const { treated, untreated } of counts) {
    total.treated += treated;
    total.untreated += untreated;
  }
  return total;
}
