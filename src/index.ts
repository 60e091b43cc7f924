/** The library: what the command line does, for programs. The statistics are pure: no files, no network, no clock. */

export { ATTRIBUTES, findAttribute, resolveRule } from "./attributes/index.js";
export { readScored, type ScoredQuery, type ScoredTable } from "./datasets/scored.js";
export type { Attribute, Classifier } from "./domain/attribute.js";
export type { Effect, EffectRow, Estimand, Estimator, MissingEffect } from "./domain/effect.js";
export { RateError } from "./domain/errors.js";
export type { Example, ExampleId, Json, RewardTable } from "./domain/example.js";
export type { RewardModel, Score, ScoringInput } from "./domain/reward-model.js";
export type { RewriteAnswer, RewriteRequest, Rewriter } from "./domain/rewriter.js";
export type { DataSource, DatasetTemplate, Row, TreatedRule } from "./domain/template.js";
export { type EffectsFile, effectsFile } from "./estimators/effects-file.js";
export {
  type Estimate,
  examplesToDecide,
  type Limits,
  type LimitTest,
  testLimits,
  type Verdict,
} from "./estimators/equivalence.js";
export { type EffectSummary, type EstimateOptions, estimateEffects } from "./estimators/estimate-effects.js";
export { type ScoreDensity, scoreDensities } from "./estimators/score-densities.js";
export { type EstimateWork, estimate, type Inference } from "./pipeline/effects.js";
export { scoreDensityPlot } from "./plots/densities.js";
export { studyForest } from "./plots/forest.js";
export { effectHeatmap } from "./plots/heatmap.js";
export { naiveVsRate } from "./plots/naive-vs-rate.js";
export { rewriteBias } from "./plots/rewrite-bias.js";
export { syntheticPlot } from "./plots/synthetic.js";
export type { ThemeName } from "./plots/theme.js";
export { renderPdf } from "./rendering/pdf.js";
export { renderPng } from "./rendering/png.js";
export { renderSvg } from "./rendering/svg.js";
export { answer } from "./report/words.js";
export { openRewardModel } from "./scorers/index.js";
export { estimatesTable } from "./tables/estimates.js";
export { latexTable, latexText } from "./tables/latex.js";
export { markdownTable } from "./tables/markdown.js";
export type { TextTable } from "./tables/table.js";
export { VERSION } from "./version.js";
