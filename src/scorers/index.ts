import { inputError } from "../domain/errors.js";
import type { RewardModel } from "../domain/reward-model.js";
import type { ScoringTemplate } from "../domain/scoring-template.js";
import type { HubSetting } from "../hub/hub.js";
import { loadScoringTemplate } from "./template-file.js";

export { REWARD_MODELS } from "./templates.js";

/** Opens the reward model that a scoring template's name, or the path of one's own, stands for. */
export async function openRewardModel(name: string, world: HubSetting): Promise<RewardModel> {
  return openTemplate(await loadScoringTemplate(name), world);
}

/** Opens the reward model of a template in the runtime that it names first. */
export async function openTemplate(template: ScoringTemplate, world: HubSetting): Promise<RewardModel> {
  const [runtime] = template.runtimes;
  if (runtime === "onnx") return (await import("./onnx.js")).openOnnxModel(template, world);
  throw inputError(
    `${template.name}: runs in ${template.runtimes.join(", ")}, and none of them is set up; give the template ONNX weights and runtimes: [onnx]`,
  );
}
