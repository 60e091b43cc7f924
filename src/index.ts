/** The library: what the command line does, for programs. The statistics are pure: no files, no network, no clock. */

export { ATTRIBUTES, findAttribute, resolveRule } from "./datasets/attributes/index.js";
export type { Attribute, Classifier } from "./domain/attribute.js";
export type { Effect, EffectRow, Estimand, Estimator, MissingEffect } from "./domain/effect.js";
export { RateError } from "./domain/errors.js";
export type { Example, ExampleId, Json, RewardTable } from "./domain/example.js";
export type { RewardModel, Score, ScoringInput } from "./domain/reward-model.js";
export type { RewriteAnswer, RewriteRequest, Rewriter } from "./domain/rewriter.js";
export type { DataSource, DatasetTemplate, Row, TreatedRule } from "./domain/template.js";
export { VERSION } from "./domain/version.js";
export {
  type Estimate,
  examplesToDecide,
  type Limits,
  type LimitTest,
  testLimits,
  type Verdict,
} from "./estimation/estimators/equivalence.js";
export {
  type EffectSummary,
  type EstimateOptions,
  estimateEffects,
} from "./estimation/estimators/estimate-effects.js";
export { type ScoreDensity, scoreDensities } from "./estimation/estimators/score-densities.js";
export { type EffectsFile, effectsFile } from "./estimation/files/effects-file.js";
export { type EstimateWork, estimate, type Inference } from "./estimation/stage/effects.js";
export { renderPdf } from "./reporting/figures/rendering/pdf.js";
export { renderPng } from "./reporting/figures/rendering/png.js";
export { renderSvg } from "./reporting/figures/rendering/svg.js";
export { scoreDensityPlot } from "./reporting/figures/specs/densities.js";
export { studyForest } from "./reporting/figures/specs/forest.js";
export { effectHeatmap } from "./reporting/figures/specs/heatmap.js";
export { naiveVsRate } from "./reporting/figures/specs/naive-vs-rate.js";
export { rewriteBias } from "./reporting/figures/specs/rewrite-bias.js";
export { syntheticPlot } from "./reporting/figures/specs/synthetic.js";
export type { ThemeName } from "./reporting/figures/specs/theme.js";
export { answer } from "./reporting/html/answers.js";
export { estimatesTable } from "./reporting/tables/estimates.js";
export { latexTable, latexText } from "./reporting/tables/latex.js";
export { markdownTable } from "./reporting/tables/markdown.js";
export type { TextTable } from "./reporting/tables/table.js";
export { openRewardModel } from "./scoring/index.js";
export { readScored, type ScoredQuery, type ScoredTable } from "./storage/examples/scored.js";
