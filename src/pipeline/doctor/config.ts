import { isLocal } from "../../chat/client.js";
import type { Config } from "../../config/schema.js";
import { openSource } from "../../datasets/source.js";
import { openHub } from "../../hub/hub.js";
import { anthropicSettings, openAiSettings } from "../../rewriters/index.js";
import { openRewardModel } from "../../scorers/index.js";
import { list } from "../choices.js";
import type { DatasetJob } from "../create-dataset.js";
import { datasetsOf } from "../plan.js";
import { about, type DoctorWorld, type Finding } from "./finding.js";
import { checkEndpoint, checkKey, type KeyName } from "./services.js";

/** What a configuration needs: its data, its rewriters' keys and endpoints, its reward models. */
export async function checkConfigNeeds(config: Config, world: DoctorWorld): Promise<Finding[]> {
  const jobs = config.rewrites ? await datasetsOf(config.rewrites) : [];
  const findings: Finding[] = [];
  for (const job of jobs) findings.push(await checkData(job, world));
  findings.push(...(await checkAsked(jobs, world)));
  for (const name of new Set(list(config.scoring?.model))) findings.push(await checkModel(name, world));
  return findings;
}

/** The first row of a data set becomes an example. Nothing is fetched: a data set on the Hub has to be in the cache to be looked into. */
async function checkData({ template }: DatasetJob, world: DoctorWorld): Promise<Finding> {
  const finding = about(`data of ${template.name}`);
  const { source } = template;
  const hub = openHub(offline(world));
  try {
    for await (const { row, origin } of openSource(source, { projectDirectory: world.project, hub })) {
      const first = template.expand ? [...template.expand(row)][0] : row;
      if (first === undefined) continue;
      for (const read of [template.question, template.completion]) {
        if (typeof read(first) !== "string")
          return finding.missing(
            `${origin}: the prompt or the response is no text`,
            "correct the columns in the configuration",
          );
      }
      return finding.ok(`can be read (${source.kind === "hub" ? source.dataset : origin})`);
    }
    return finding.missing("holds no rows", "name a file with rows");
  } catch (cause) {
    const { message } = cause as Error;
    if (source.kind === "hub" && /not in the cache/.test(message))
      return finding.warning(
        `${source.dataset} is not in the cache`,
        "it is fetched on the first run; fetch it before where jobs have no Internet",
      );
    return finding.missing(message, "correct the data in the configuration");
  }
}

/** Keys and endpoints of the rewriters and judges that ask someone, each once. */
async function checkAsked(jobs: readonly DatasetJob[], world: DoctorWorld): Promise<Finding[]> {
  const asked = new Map<string, { key: KeyName; baseUrl: string | undefined; what: string }>();
  for (const { rewriter, template, chat, judge } of jobs) {
    const given = { environment: world.environment, fetch: world.fetch };
    const judged =
      judge ?? (typeof template.treated === "object" && template.treated.by === "judge" ? chat : undefined);
    const settings = [
      ...(rewriter === "anthropic-batch"
        ? [
            [
              "ANTHROPIC_API_KEY",
              anthropicSettings({ chat: chat ?? {}, ...given }),
              `rewriter: ${rewriter}`,
            ] as const,
          ]
        : []),
      ...(rewriter === "openai" || rewriter === "openai-batch"
        ? [
            [
              "OPENAI_API_KEY",
              openAiSettings({ chat: chat ?? {}, ...given }),
              `rewriter: ${rewriter}`,
            ] as const,
          ]
        : []),
      ...(judged
        ? [["OPENAI_API_KEY", openAiSettings({ chat: judged, ...given }), "the judge"] as const]
        : []),
    ];
    for (const [key, { baseUrl }, what] of settings) asked.set(`${key} ${baseUrl}`, { key, baseUrl, what });
  }
  const findings: Finding[] = [];
  for (const { key, baseUrl, what } of asked.values()) {
    if (!isLocal(baseUrl)) findings.push(checkKey(key, what, world));
    findings.push(await checkEndpoint(key, baseUrl, true, world));
  }
  return findings;
}

/** A reward model is opened, from what is on this machine or at its address, and scores a text. */
async function checkModel(name: string, world: DoctorWorld): Promise<Finding> {
  const finding = about(`reward model ${name}`);
  try {
    const model = await openRewardModel(name, offline(world));
    try {
      const [score] = await model.score([{ prompt: "What is a film?", response: "A story in pictures." }]);
      return finding.ok(`${model.rewardKey} scores (${score!.reward.toPrecision(3)} for a text)`);
    } finally {
      await model.dispose();
    }
  } catch (cause) {
    const { message } = cause as Error;
    if (/not in the cache/.test(message))
      return finding.warning(
        "is not in the Hugging Face cache",
        "it is fetched on the first run; fetch it before where jobs have no Internet",
      );
    return finding.missing(message, "correct scoring: model in the configuration, or start its server");
  }
}

function offline({ environment, fetch }: DoctorWorld) {
  return { environment: { ...environment, HF_HUB_OFFLINE: "1" }, fetch, say: () => undefined };
}
