import type { TopLevelSpec } from "vega-lite";
import { z } from "zod";
import { checked, readJson } from "../../storage/readers/json-file.js";
import type { SmallFile } from "../../storage/readers/small-file.js";
import { syntheticPlot } from "../figures/specs/synthetic.js";
import type { ThemeName } from "../figures/specs/theme.js";

const estimator = z.enum(["naive", "single_rewrite", "rate"]);

const estimate = z.strictObject({
  estimator,
  /** In standard deviations of the rewards of the whole data set, so that all levels have one scale. */
  value: z.number(),
  low: z.number(),
  high: z.number(),
});

const level = z.strictObject({
  /** What was wished for, and what whole numbers of examples give. */
  at: z.number(),
  share: z.number(),
  counts: z.record(z.string(), z.number()),
  n: z.number(),
  dataset: z.string(),
  effects: z.string(),
  estimates: z.array(estimate),
});

const slope = z.strictObject({
  estimator,
  value: z.number(),
  standard_error: z.number(),
  ci_low: z.number(),
  ci_high: z.number(),
});

/** What a semi-synthetic experiment writes: every level of the confounder in every direction, and how the estimates move with it. */
export const syntheticFile = z.strictObject({
  experiment: z.string(),
  title: z.string(),
  effect: z.string(),
  truth: z.number().nullable(),
  reward_key: z.string(),
  /** The standard deviation, in reward units, that all estimates are divided by. */
  scale: z.number(),
  seed: z.number(),
  examples: z.number(),
  dropped: z.record(z.string(), z.number()),
  panels: z.array(
    z.strictObject({
      title: z.string(),
      axis: z.string(),
      levels: z.array(level),
      slopes: z.array(slope),
      /** As in the paper's figures: over x from 0 to 1 for the levels in turn, each effect in standard deviations of its own set's rewards. */
      published_slopes: z.array(z.strictObject({ estimator, value: z.number() })).default([]),
    }),
  ),
});

export type SyntheticFile = z.infer<typeof syntheticFile>;
export type SyntheticPanelInFile = SyntheticFile["panels"][number];

/** The figure of an experiment. */
export function syntheticFigure(file: SyntheticFile, theme: ThemeName): TopLevelSpec {
  const names = [
    ...new Set(
      file.panels
        .flatMap(({ levels }) => levels.flatMap(({ estimates }) => estimates))
        .map(({ estimator }) => estimator),
    ),
  ];
  return syntheticPlot(
    {
      title: file.title,
      effect: file.effect,
      truth: file.truth,
      panels: file.panels.map(({ title, axis, levels, slopes }) => ({
        title,
        axis,
        series: names.map((name) => {
          const found = slopes.find((entry) => entry.estimator === name);
          return {
            estimator: name,
            points: levels.flatMap(({ at, estimates }) =>
              estimates
                .filter((entry) => entry.estimator === name)
                .map(({ value, low, high }) => ({ at, value, low, high })),
            ),
            slope: found ? { value: found.value, standardError: found.standard_error } : null,
          };
        }),
      })),
    },
    theme,
  );
}

const SYNTHETIC: SmallFile = {
  what: "a file of rate synthetic",
  most: 64 << 20,
  advice: "rate synthetic writes them, into effects/",
};

/** The figure of a file that `rate synthetic` has written. Throws with the file, the line and the field on what is none. */
export async function syntheticFigureOf(path: string, theme: ThemeName): Promise<TopLevelSpec> {
  return syntheticFigure(checked(await readJson(path, SYNTHETIC), syntheticFile), theme);
}
