import { fileURLToPath } from "node:url";
import { inputError } from "../domain/errors.js";
import type { RewardModel } from "../domain/reward-model.js";
import { closest } from "../domain/suggest.js";
import { type HubSetting, openHub } from "../hub/hub.js";
import type { OnnxModel } from "./onnx.js";

const MODELS = new URL("../../../assets/models/", import.meta.url);

/** Scoring templates: how each reward model is opened, by the name that configurations use. */
const TEMPLATES: Record<string, (world: HubSetting) => Promise<RewardModel>> = {
  embedded: async () => {
    const { openOnnxModel, inFolder } = await import("./onnx.js");
    const files = inFolder(fileURLToPath(new URL("review-sentiment", MODELS)));
    return openOnnxModel({ ...files, rewardKey: "rate/review-sentiment", maxTokens: 512, output: 0 });
  },
  distilbert_positive: (world) => sst2(world, { rewardKey: `${SST2}:POSITIVE`, output: 1 }),
  distilbert_negative: (world) => sst2(world, { rewardKey: `${SST2}:NEGATIVE`, output: 0 }),
  /** The log-odds that a text is positive: above 0 where the classifier says so. */
  distilbert_sentiment: (world) =>
    sst2(world, { rewardKey: `${SST2}:POSITIVE-NEGATIVE`, output: 1, minus: 0 }),
};

const SST2 = "distilbert/distilbert-base-uncased-finetuned-sst-2-english";

async function sst2(world: HubSetting, reward: Pick<OnnxModel, "rewardKey" | "output" | "minus">) {
  const hub = openHub(world);
  const repo = await hub.pin({ type: "model", name: SST2, revision: "main" });
  const file = async (path: string) => {
    const local = await hub.file(repo, path);
    if (local === null) throw inputError(`${SST2}: has no file ${path}`);
    return local;
  };
  return (await import("./onnx.js")).openOnnxModel({
    weights: await file("onnx/model.onnx"),
    tokenizer: await file("tokenizer.json"),
    tokenizerConfig: await file("tokenizer_config.json"),
    maxTokens: 512,
    ...reward,
  });
}

export const REWARD_MODELS = Object.keys(TEMPLATES);

/** Opens the reward model that a scoring template's name stands for. */
export async function openRewardModel(name: string, world: HubSetting): Promise<RewardModel> {
  const open = Object.hasOwn(TEMPLATES, name) ? TEMPLATES[name] : undefined;
  if (open) return open(world);
  const near = closest(name, REWARD_MODELS);
  throw inputError(
    `there is no reward model ${JSON.stringify(name)}${near ? `; did you mean ${near}?` : ""} (known: ${REWARD_MODELS.join(", ")})`,
  );
}
