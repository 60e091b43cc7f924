import type { EffectsFile } from "../../estimation/files/effects-file.js";

/** What a warning is about in a few words, by the beginning of its check's name. */
const TITLES: readonly (readonly [string, string])[] = [
  ["examples_", "few examples in an arm"],
  ["clusters", "few clusters"],
  ["degrees_of_freedom", "few degrees of freedom"],
  ["without_original", "originals without a reward"],
  ["missing_uneven", "one arm misses more examples than the other"],
  ["missing", "examples without rewards"],
  ["attempted_weights", "missing examples change the effect"],
  ["flips_", "failed flips"],
  ["estimate_where_both_flips_worked", "another effect where both flips worked"],
  ["rewrite_effect", "a side effect of the rewriter"],
  ["permuted_labels", "labels at random give as large an effect"],
  ["reward_spread_ratio", "rewrites spread their rewards differently"],
  ["length_ratio", "texts change in length"],
  ["edit_distance", "texts change a lot"],
  ["empty_texts", "empty texts"],
  ["identical_texts", "texts that were not rewritten"],
  ["truncated_texts", "texts cut to fit the reward model"],
  ["influence_", "the estimate hangs on few examples"],
  ["grid_step", "rewards lie on a coarse grid"],
  ["tie_rate", "many ties"],
  ["saturation", "rewards at the end of the scale"],
  ["random_halves", "two halves of the data disagree"],
  ["placebo", "rewriting has an effect by itself"],
];

/** What a warning of the check of that name is about; the name itself for one that is not known here. */
export function titleOf(name: string): string {
  return TITLES.find(([start]) => name.startsWith(start))?.[1] ?? name.replaceAll("_", " ");
}

/** A kind of warning, and the results that have it. */
export interface WarningGroup {
  readonly title: string;
  readonly results: readonly EffectsFile[];
}

/** The warnings of several results by kind, those of most results first. */
export function groupWarnings(results: readonly EffectsFile[]): WarningGroup[] {
  const groups = new Map<string, Set<EffectsFile>>();
  for (const effects of results) {
    for (const warning of effects.warnings) {
      const check = effects.diagnostics.find(({ warns, sentence }) => warns && sentence === warning);
      const title = check ? titleOf(check.name) : warning;
      groups.set(title, (groups.get(title) ?? new Set()).add(effects));
    }
  }
  return [...groups]
    .map(([title, found]) => ({ title, results: [...found] }))
    .sort((a, b) => b.results.length - a.results.length);
}
