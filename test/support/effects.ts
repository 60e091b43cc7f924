import { type EstimateOptions, estimateEffects } from "../../src/estimation/estimators/estimate-effects.js";
import { type EffectsFile, effectsFile } from "../../src/estimation/files/effects-file.js";
import { gaussian, randomStream } from "../../src/estimation/numeric/random.js";

export interface World {
  readonly n: number;
  /** The effect in each arm, in units of the noise between responses. */
  readonly treated: number;
  readonly untreated: number;
  /** Spread of the examples' effects. */
  readonly noise: number;
  /** Which arms there are. */
  readonly arms: "both" | "treated" | "untreated";
  /** Of so many examples the original has no reward. */
  readonly withoutOriginal: number;
  readonly seed: number;
  readonly options: EstimateOptions;
  readonly labels: EffectsFile["labels"];
  readonly warnings: readonly string[];
}

const WORLD: World = {
  n: 100,
  treated: 0.3,
  untreated: 0.3,
  noise: 0.5,
  arms: "both",
  withoutOriginal: 0,
  seed: 1,
  options: {},
  labels: { w_1: "longer", w_0: "shorter" },
  warnings: [],
};

/** An effects file of simulated rewards, by the program's own estimators. */
export function effectsIn(
  given: Partial<World> & { readonly rewardKey?: string; readonly concept?: string } = {},
) {
  const world = { ...WORLD, ...given };
  const random = randomStream(world.seed, 5);
  const rows = Array.from({ length: world.n }, (_, index) => {
    const w = world.arms === "both" ? index % 2 : Number(world.arms === "treated");
    const base = gaussian(random);
    const change = (w ? world.treated : world.untreated) + world.noise * gaussian(random);
    const original = index < world.withoutOriginal ? Number.NaN : base + 0.1 * gaussian(random);
    return { w, original, rewrite: w ? base - change : base + change, back: base };
  });
  const table = {
    treated: Uint8Array.from(rows, ({ w }) => w),
    original: Float64Array.from(rows, ({ original }) => original),
    rewrite: Float64Array.from(rows, ({ rewrite }) => rewrite),
    rewriteOfRewrite: Float64Array.from(rows, ({ back }) => back),
    clusters: null,
  };
  const concept = given.concept ?? "length";
  return effectsFile(
    estimateEffects(table, world.options),
    {
      dataset_name: `data_${concept}`,
      concept,
      score: "model",
      labels: world.labels,
      reward_key: given.rewardKey ?? "org/model",
      dataset_filename: "scored.jsonl",
      dataset_folder: null,
    },
    {
      standardError: "paired",
      intervalMethod: "t",
      level: 0.95,
      clusterBy: null,
      withoutRewards: { treated: 0, untreated: 0 },
      flips: null,
      bootstrap: null,
      preferences: { preference_rate: null, tie_rate: null },
      preferenceProbability: null,
      sensitivity: [],
      human: null,
      subgroups: null,
      diagnostics: world.warnings.map((sentence, index) => ({
        name: `kind_${index}`,
        value: 1,
        threshold: 0,
        warns: true,
        sentence,
      })),
      warnings: world.warnings,
    },
  );
}
