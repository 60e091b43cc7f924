import { openHub } from "../../datasets/sources/hub.js";
import { openSource } from "../../datasets/sources/source.js";
import type { Config, ScoringConfig } from "../../domain/config/schema.js";
import type { ProbeReport } from "../../domain/probe.js";
import type { Recipe } from "../../domain/recipe.js";
import type { Serving } from "../../domain/serving.js";
import { list } from "../../estimation/stage/choices.js";
import { isLocal } from "../../language-models/chat-settings.js";
import { anthropicSettings, openAiSettings } from "../../language-models/settings.js";
import type { DatasetJob } from "../../rewriting/stage/dataset-job.js";
import { openRecipe, probeRecipe } from "../../scoring/index.js";
import { loadRecipe } from "../../scoring/recipes/recipe-file.js";
import { servingOf } from "../models.js";
import { datasetsOf } from "../plan.js";
import { about, type DoctorWorld, type Finding } from "./finding.js";
import { checkEndpoint, checkKey, checkPython, type KeyName } from "./services.js";

/** What a configuration needs: its data, its rewriters' keys and endpoints, its reward models. */
export async function checkConfigNeeds(config: Config, world: DoctorWorld): Promise<Finding[]> {
  const jobs = config.rewrites ? await datasetsOf(config.rewrites) : [];
  const findings: Finding[] = [];
  for (const job of jobs) findings.push(await checkData(job, world));
  findings.push(...(await checkAsked(jobs, world)));
  const { scoring } = config;
  for (const name of new Set(list(scoring?.model)))
    findings.push(...(await checkModel(name, scoring!, world)));
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

/** Answers of a server that is asked how it stands may take so long, and all of them together, in seconds. */
const ANSWER_SECONDS = 10;
const PROBE_SECONDS = 60;

/** A reward model on this machine is opened and scores a text; servers are probed, judges asked for their models. */
async function checkModel(name: string, scoring: ScoringConfig, world: DoctorWorld): Promise<Finding[]> {
  const { runtime, judge } = { ...scoring, ...scoring.serving?.[name] };
  if (runtime === "transformers") return [await checkPython(world, `reward model ${name}`)];
  if (runtime === "judge") {
    const baseUrl = judge?.base_url ?? world.environment.OPENAI_BASE_URL;
    const key = isLocal(baseUrl) ? [] : [checkKey("OPENAI_API_KEY", `the judge ${name}`, world)];
    return [...key, await checkEndpoint("OPENAI_API_KEY", baseUrl, true, world)];
  }
  const finding = about(`reward model ${name}`);
  try {
    const template = await loadRecipe(name, scoring.recipes);
    const serving = servingOf(scoring, template.name);
    return (await checkServers(template, serving, world)) ?? [await checkScores(template, serving, world)];
  } catch (cause) {
    const { message } = cause as Error;
    if (/not in the cache/.test(message))
      return [
        finding.warning(
          "is not in the Hugging Face cache",
          "it is fetched on the first run; fetch it before where jobs have no Internet",
        ),
      ];
    return [finding.missing(message, "correct scoring: model in the configuration, or start its server")];
  }
}

/** What the probe that stands before a run finds, for each server; null where the model needs none. */
async function checkServers(
  template: Recipe,
  serving: Serving,
  world: DoctorWorld,
): Promise<Finding[] | null> {
  const said: string[] = [];
  const reports = await probeRecipe(
    template,
    {
      ...offline(world),
      say: (line) => said.push(line),
      signal: AbortSignal.timeout(1000 * PROBE_SECONDS),
    },
    { ...serving, timeout: Math.min(ANSWER_SECONDS, serving.timeout ?? ANSWER_SECONDS), patience: 0 },
  );
  if (reports === null) return null;
  const left = said.map((line) =>
    about(`reward model ${template.name}`).warning(line, "start it, or take it out of scoring: endpoints"),
  );
  return [...reports.map((report) => findingOf(template.name, report)), ...left];
}

function findingOf(name: string, { endpoint, findings }: ProbeReport): Finding {
  const finding = about(`reward model ${name} at ${endpoint}`);
  const of = (...verdicts: string[]) =>
    findings.filter(({ verdict }) => verdicts.includes(verdict)).map(({ detail }) => detail);
  const [stops, warnings, notes] = [of("stop"), of("warning"), of("note", "allowed")];
  if (stops.length > 0)
    return finding.missing(
      stops.join("; "),
      "start the server otherwise, or name what is meant to be so in scoring: allow_probe",
    );
  if (warnings.length > 0)
    return finding.warning(
      warnings.join("; "),
      "look at the recipe and the server before you believe a score (rate score --check)",
    );
  const passed = `answers, and passes ${of("pass").length} checks of the probe`;
  return notes.length === 0 ? finding.ok(passed) : finding.ok(`${passed}; to know: ${notes.join("; ")}`);
}

async function checkScores(template: Recipe, serving: Serving, world: DoctorWorld): Promise<Finding> {
  const model = await openRecipe(template, offline(world), serving);
  try {
    const [score] = await model.score([{ prompt: "What is a film?", response: "A story in pictures." }]);
    return about(`reward model ${template.name}`).ok(
      `${model.rewardKey} scores (${score!.reward.toPrecision(3)} for a text)`,
    );
  } finally {
    await model.dispose();
  }
}

function offline({ environment, fetch }: DoctorWorld) {
  return { environment: { ...environment, HF_HUB_OFFLINE: "1" }, fetch, say: () => undefined };
}
