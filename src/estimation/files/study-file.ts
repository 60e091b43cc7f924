import type { StudySummary } from "../estimators/study.js";
import type { EffectsFile } from "./effects-file.js";

/** A study as it is written: what is judged together, then every result by itself. */
export interface StudyInFile {
  readonly study: StudySummary;
  /** By data set: people's preference and the means over the reward models, on the examples that people labelled. */
  readonly human: readonly HumanMeans[];
  readonly results: readonly EffectsFile[];
}

export interface HumanMeans {
  readonly dataset_filename: string;
  readonly n: number;
  readonly reward_models: number;
  readonly human_preference_rate: number | null;
  readonly mean_model_preference_rate: number | null;
  readonly mean_disagreement_rate: number | null;
}
