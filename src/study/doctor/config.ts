import { noColumn } from "../../datasets/loading/columns.js";
import { attributeOf } from "../../datasets/loading/examples.js";
import { openHub } from "../../datasets/sources/hub.js";
import { openSource } from "../../datasets/sources/source.js";
import type { Config, ScoringConfig } from "../../domain/config/schema.js";
import { LeftOut } from "../../domain/left-out.js";
import type { ProbeReport } from "../../domain/probe.js";
import type { Recipe } from "../../domain/recipe.js";
import type { Serving } from "../../domain/serving.js";
import type { Row } from "../../domain/template.js";
import { list } from "../../estimation/stage/choices.js";
import { type ChatSettings, isLocal } from "../../language-models/chat-settings.js";
import { anthropicSettings, judgeSettings, openAiSettings } from "../../language-models/settings.js";
import type { DatasetJob } from "../../rewriting/stage/dataset-job.js";
import { openRecipe, probeRecipe, weightFaultOf } from "../../scoring/index.js";
import { loadRecipe } from "../../scoring/recipes/recipe-file.js";
import { judgeModelSettings, judgeRules } from "../../scoring/stage/judge-model.js";
import { servingOf } from "../models.js";
import { datasetsOf } from "../plan.js";
import { about, type DoctorWorld, type Finding } from "./finding.js";
import { checkEndpoint, checkKey, checkPython, type KeyName } from "./services.js";
import { labelTrial, rewriteTrial, scoreTrial, tryChat } from "./try-chat.js";

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

/** Rows that are looked at, at most, for one that is an example. */
const ROWS = 1000;

/** A row of a data set's beginning becomes an example. Nothing is fetched: a data set on the Hub has to be in the cache to be looked into. */
async function checkData({ template }: DatasetJob, world: DoctorWorld): Promise<Finding> {
  const finding = about(`data of ${template.name}`);
  const { source } = template;
  const hub = openHub(offline(world));
  const known = new Set<string>();
  let rows = 0;
  let leftOut: string | null = null;
  try {
    for await (const { row, origin } of openSource(source, { projectDirectory: world.project, hub })) {
      for (const name of Object.keys(row)) known.add(name);
      rows += 1;
      const fault = faultOf(template, row);
      if (fault === null)
        return finding.ok(`can be read (${source.kind === "hub" ? source.dataset : origin})`);
      if (fault.isFinal) return finding.missing(`${origin}: ${fault.words}`, CORRECT_COLUMNS);
      leftOut = fault.words;
      if (rows >= ROWS) break;
    }
    if (leftOut === null) return finding.missing("holds no rows", "name a file with rows");
    const absent = Object.values(template.columns ?? {}).find(
      (name) => !known.has(name) && !known.has(name.split(".")[0]!),
    );
    if (absent !== undefined) return finding.missing(noColumn(absent, [...known]).message, CORRECT_COLUMNS);
    return finding.missing(`none of the first ${rows} rows is an example: ${leftOut}`, CORRECT_COLUMNS);
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

const CORRECT_COLUMNS = "correct the columns in the configuration";

/** What keeps a row from being an example, and whether it would end a run; null where nothing does. */
function faultOf(
  template: DatasetJob["template"],
  row: Row,
): { readonly words: string; readonly isFinal: boolean } | null {
  try {
    const first = template.expand ? [...template.expand(row)][0] : row;
    if (first === undefined) return { words: "the row holds no example", isFinal: false };
    const texts = [template.question(first), template.completion(first)];
    if (texts.every((text) => typeof text === "string")) return null;
    return { words: "the prompt or the response is no text", isFinal: true };
  } catch (cause) {
    if (cause instanceof LeftOut) return { words: cause.message, isFinal: false };
    throw cause;
  }
}

/** A server that a configuration asks, and for what. */
interface Asked {
  readonly key: KeyName;
  readonly who: string;
  readonly settings: ChatSettings;
  /** Null where no live request can be tried: batches of Anthropic's. */
  readonly trial: ReturnType<typeof rewriteTrial> | null;
}

/** Keys and endpoints of the rewriters and judges that ask someone, each once, with one short request to each. */
async function checkAsked(jobs: readonly DatasetJob[], world: DoctorWorld): Promise<Finding[]> {
  const asked = new Map<string, Asked>();
  for (const job of jobs)
    for (const entry of askedBy(job, world)) {
      const { key, settings, trial } = entry;
      asked.set(JSON.stringify([key, settings.baseUrl, settings.model, trial?.what]), entry);
    }
  const findings: Finding[] = [];
  for (const entry of asked.values())
    for (const found of await checkChat(entry, world))
      if (!findings.some(({ name, found: text }) => name === found.name && text === found.found))
        findings.push(found);
  return findings;
}

function askedBy({ rewriter, template, chat, judge }: DatasetJob, { environment }: DoctorWorld): Asked[] {
  const own = { model: template.model, temperature: template.temperature, ...chat };
  const isJudged = judge ?? (typeof template.treated === "object" && template.treated.by === "judge");
  const asked: Asked[] = [];
  const who = `rewriter: ${rewriter}`;
  if (rewriter === "anthropic-batch")
    asked.push({
      key: "ANTHROPIC_API_KEY",
      who,
      settings: anthropicSettings({ chat: own, environment }),
      trial: null,
    });
  if (rewriter === "openai" || rewriter === "openai-batch")
    asked.push({
      key: "OPENAI_API_KEY",
      who,
      settings: openAiSettings({ chat: own, environment }),
      trial: rewriteTrial(),
    });
  if (isJudged) {
    const settings = judgeSettings({ chat: judge ?? own, environment });
    asked.push({
      key: "OPENAI_API_KEY",
      who: "the judge",
      settings,
      trial: labelTrial(attributeOf(template)),
    });
  }
  return asked;
}

/** The key and the endpoint of one server, and, where it can be asked at all, one request. */
async function checkChat({ key, who, settings, trial }: Asked, world: DoctorWorld): Promise<Finding[]> {
  const { baseUrl } = settings;
  const isGiven = settings.headers !== undefined;
  const ofKey = isLocal(baseUrl) || isGiven ? [] : [checkKey(key, who, world)];
  const endpoint = isGiven ? [] : [await checkEndpoint(key, baseUrl, true, world)];
  const canAsk = trial !== null && ofKey.every(({ status }) => status === "ok");
  const tried = canAsk ? [await tryChat(who, settings, trial)] : [];
  // A server that answers as it is asked need not list its models.
  const works = tried.some(({ status }) => status === "ok" || status === "warning");
  return [...ofKey, ...endpoint.filter(({ status }) => !works || status === "ok"), ...tried];
}

/** Answers of a server that is asked how it stands may take so long, and all of them together, in seconds. */
const ANSWER_SECONDS = 10;
const PROBE_SECONDS = 60;

/** A reward model on this machine is opened and scores a text; servers are probed, judges asked for their models. */
async function checkModel(name: string, scoring: ScoringConfig, world: DoctorWorld): Promise<Finding[]> {
  const { runtime, judge } = { ...scoring, ...scoring.serving?.[name] };
  if (runtime === "transformers")
    return [await checkPython(world, `reward model ${name}`), ...(await checkWeights(name, scoring, world))];
  if (runtime === "judge") {
    const settings = judgeModelSettings(name, judge ?? {}, world);
    const trial = scoreTrial(judgeRules(judge ?? {}));
    return checkChat({ key: "OPENAI_API_KEY", who: `the judge ${name}`, settings, trial }, world);
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

/** Whether the names of a model's weights fit the class that its recipe says; nothing is fetched, and what is not at hand is not looked at. */
async function checkWeights(name: string, scoring: ScoringConfig, world: DoctorWorld): Promise<Finding[]> {
  try {
    const recipe = await loadRecipe(name, scoring.recipes);
    const fault = await weightFaultOf(recipe, offline(world));
    if (fault === null) return [];
    return [about(`weights of ${name}`).missing(fault, "correct the recipe: rate models try proposes one")];
  } catch {
    return [];
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
