import { mean } from "../numeric/moments.js";

/** The mean preference probability, 1/(1 + e^(−d)): how often a Bradley–Terry model's users would see the do(1) text preferred. */
export function preferenceProbability(differences: Float64Array): number {
  return mean(differences.map((d) => 1 / (1 + Math.exp(-d))));
}

/**
 * Standard deviation of the originals' rewards within a prompt, a second unit where prompts have several responses: √(Σ (R − R̄_prompt)²/(N − P))
 * over prompts with two or more. Null without such prompts or without spread.
 */
export function withinPromptSd(rewards: Float64Array, prompts: Int32Array): number | null {
  const groups = new Map<number, number[]>();
  rewards.forEach((reward, row) => {
    if (!Number.isFinite(reward)) return;
    const group = groups.get(prompts[row]!);
    if (group) group.push(reward);
    else groups.set(prompts[row]!, [reward]);
  });
  let squares = 0;
  let degrees = 0;
  for (const group of groups.values()) {
    if (group.length < 2) continue;
    const centre = mean(Float64Array.from(group));
    for (const reward of group) squares += (reward - centre) ** 2;
    degrees += group.length - 1;
  }
  return degrees > 0 && squares > 0 ? Math.sqrt(squares / degrees) : null;
}
