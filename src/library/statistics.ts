/** The statistics: data in, data out, with no files, network, clock or environment. */

export type {
  Effect,
  EffectRow,
  Estimand,
  Estimator,
  IntervalMethod,
  MissingEffect,
} from "../domain/effect.js";
export type { RewardTable } from "../domain/example.js";
export {
  type Estimate,
  examplesToDecide,
  type Limits,
  type LimitTest,
  testLimits,
  type Verdict,
} from "../estimation/estimators/equivalence.js";
export {
  type EffectSummary,
  type EstimateOptions,
  estimateEffects,
} from "../estimation/estimators/estimate-effects.js";
export { type Goal, type Plan, planStudy } from "../estimation/estimators/power.js";
export { type ScoreDensity, scoreDensities } from "../estimation/estimators/score-densities.js";
