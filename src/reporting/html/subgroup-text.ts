import type { EffectsFile } from "../../estimation/files/effects-file.js";
import { pText } from "./words.js";

type Subgroups = NonNullable<EffectsFile["subgroups"]>;

/** What the test that all groups have the same effect says: that they differ only where it does. */
export function groupsText({ heterogeneity: test }: Subgroups, level: number): string {
  if (!test) return "The groups are too small to be tested: a test needs two groups of 10 examples.";
  const { untested, f, p_value: p } = test;
  const verdict =
    p < 1 - level ? "The groups' effects differ" : "The groups' effects are alike within chance";
  const statistic = f === null ? "" : `Welch's F ${f.toFixed(2)}, `;
  const left =
    untested.length > 0
      ? ` ${untested.length} ${untested.length === 1 ? "group is" : "groups are"} too small to be tested.`
      : "";
  return `${verdict}: ${statistic}${pText(p)}.${left}`;
}
