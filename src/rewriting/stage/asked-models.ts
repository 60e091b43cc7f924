/** Who is asked for a data set, and how. */

import { attributeOf } from "../../datasets/loading/examples.js";
import { type ChatSettings, chatFacts } from "../../language-models/chat-settings.js";
import {
  anthropicSettings,
  type ChatChoice,
  judgeSettings,
  openAiSettings,
} from "../../language-models/settings.js";
import type { Context } from "../../storage/project/context.js";
import type { DatasetJob } from "./dataset-job.js";

type World = Pick<Context, "environment">;

/** What a data set's template says of the model that rewrites. */
export function templateChat({ template }: DatasetJob): ChatChoice {
  return { model: template.model, temperature: template.temperature };
}

/** How the rewriter is asked: as the configuration says, else as the template does. */
export function rewriterSettings(job: DatasetJob, { environment }: World): ChatSettings {
  const world = { chat: { ...templateChat(job), ...job.chat }, environment };
  return job.rewriter === "anthropic-batch" ? anthropicSettings(world) : openAiSettings(world);
}

/** How the judge is asked: as the configuration says, else as the rewriter is. */
export function judgeSettingsOf(job: DatasetJob, { environment }: World): ChatSettings {
  return judgeSettings({ chat: job.judge ?? { ...templateChat(job), ...job.chat }, environment });
}

/** What decides a judge's answers. */
export function judgeFacts(job: DatasetJob, world: World) {
  return chatFacts(judgeSettingsOf(job, world));
}

/**
 * Whether a judge is asked: for W of the originals, or, where the data says that, for W of their rewrites alone. No judge
 * is paid for what a rule or a classifier labels.
 */
export function isJudged({ template, judge }: DatasetJob): boolean {
  const { treated } = template;
  if (typeof treated === "function") return judge !== undefined;
  if (treated.by === "rule") return judge !== undefined && !attributeOf(template).rule;
  return treated.by === "judge";
}

/** Whether the judge says W of the originals too, which the data does not say. */
export function judgesOriginals({ template }: DatasetJob): boolean {
  return typeof template.treated !== "function";
}
