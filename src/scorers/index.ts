import { fileURLToPath } from "node:url";
import { inputError } from "../domain/errors.js";
import type { RewardModel } from "../domain/reward-model.js";
import { closest } from "../domain/suggest.js";

const MODELS = new URL("../../../assets/models/", import.meta.url);

/** Scoring templates: how each reward model is opened, by the name that configurations use. */
const TEMPLATES: Record<string, () => Promise<RewardModel>> = {
  embedded: async () =>
    (await import("./onnx.js")).openOnnxModel({
      directory: fileURLToPath(new URL("review-sentiment", MODELS)),
      rewardKey: "rate/review-sentiment",
      maxTokens: 512,
      output: 0,
    }),
};

export const REWARD_MODELS = Object.keys(TEMPLATES);

/** Opens the reward model that a scoring template's name stands for. */
export async function openRewardModel(name: string): Promise<RewardModel> {
  const open = Object.hasOwn(TEMPLATES, name) ? TEMPLATES[name] : undefined;
  if (open) return open();
  const near = closest(name, REWARD_MODELS);
  throw inputError(
    `there is no reward model ${JSON.stringify(name)}${near ? `; did you mean ${near}?` : ""} (known: ${REWARD_MODELS.join(", ")})`,
  );
}
