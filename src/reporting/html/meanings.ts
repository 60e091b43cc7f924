/** What a check is about and what a warning means for the answer, by the beginning of its name. */
const MEANINGS: readonly (readonly [string, string])[] = [
  [
    "examples_w_",
    "With few examples the interval is wide, and it leans on the differences being spread like a normal distribution.",
  ],
  ["clusters", "Cluster-robust errors need many clusters; with few of them the interval is too narrow."],
  [
    "degrees_of_freedom",
    "With few degrees of freedom the interval is wide, as it must be: more clusters, of more equal sizes, make it narrower.",
  ],
  [
    "attempted_weights",
    "What the effect would be if each arm counted as much as it did before examples went missing. Far from the effect, the loss decides.",
  ],
  [
    "without_original",
    "RATE does not need rewards of the originals; the comparisons with the naive and the single-rewrite estimates do.",
  ],
  [
    "missing_uneven",
    "Where one arm loses more than the other, often since a model refuses to write in one direction, what is left of the two is no longer alike.",
  ],
  [
    "missing",
    "The effect is that of the examples that could be rewritten. If the others differ, all examples together have another effect.",
  ],
  ["worst_case_", "The bounds within which the effect would lie whatever the missing examples are like."],
  [
    "flips_",
    "A rewrite that does not flip the attribute measures nothing. Where as many flips fail in both arms, they pull the effect towards zero.",
  ],
  [
    "estimate_where_both_flips_worked",
    "If this is far from the effect over all examples, the failed flips matter.",
  ],
  [
    "rewrite_effects_differ",
    "RATE assumes that the rewriter's side effects are the same in both directions; it is a warning sign when they differ.",
  ],
  ["rewrite_effect_", "This is the bias that a single rewrite would carry: why RATE rewrites twice."],
  [
    "reward_spread_ratio",
    "Far from 1, rewriting makes other texts of the originals, and the effect is one on texts unlike the data.",
  ],
  ["length_ratio", "Far from 1, texts do not come back from being rewritten twice, in length at least."],
  [
    "edit_distance",
    "How much of the original is left after two rewrites. Much change is no bias by itself, but the effect is one on the rewriter's texts.",
  ],
  ["empty_texts", "Empty texts have a reward that says nothing of the attribute."],
  [
    "identical_texts",
    "A text that was not rewritten adds a difference of zero and pulls the effect towards zero.",
  ],
  [
    "truncated_texts",
    "What the reward model has not read cannot move its reward: effects on long texts are understated.",
  ],
  ["influence_", "An effect that hangs on few examples may change with the next sample."],
  [
    "grid_step",
    "A reward model that computes in 16 bits cannot show differences below its step, though means over many examples still can.",
  ],
  ["tie_rate", "Ties are examples for which the reward model does not see the rewrite at all."],
  ["saturation", "At the end of its scale a reward model cannot show an effect."],
  [
    "permuted_labels",
    "A refutation: with labels at random there should be no effect as large as the one reported.",
  ],
  ["random_halves_z", "A refutation: both halves of the data should tell the same."],
  [
    "placebo_p_value",
    "A refutation: rewriting without a change should move the reward as much as rewriting twice.",
  ],
];

/** Null for a check that is not known here. */
export function meaningOf(name: string): string | null {
  return MEANINGS.find(([start]) => name.startsWith(start))?.[1] ?? null;
}
