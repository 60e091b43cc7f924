import type { Classifier } from "../domain/attribute.js";
import type { RewardModel } from "../domain/reward-model.js";

export interface Plant {
  readonly rewardKey: string;
  /** Added to the reward of every response that has the attribute. */
  readonly bonus: number;
  readonly attribute: string;
  readonly classify: Classifier;
}

/** A reward model with a known taste: the given one plus a bonus for an attribute. For checking estimates against the truth. */
export function plantBonus(model: RewardModel, plant: Plant): RewardModel {
  return {
    rewardKey: plant.rewardKey,
    facts: { ...model.facts, planted_bonus: plant.bonus, planted_attribute: plant.attribute },
    async score(inputs) {
      const scores = await model.score(inputs);
      return scores.map((score, index) =>
        plant.classify(inputs[index]!.response) ? { ...score, reward: score.reward + plant.bonus } : score,
      );
    },
    dispose: () => model.dispose(),
  };
}
