import { inputError, workError } from "../../domain/errors.js";
import type { Finding, ProbeReport } from "../../domain/probe.js";
import type { RewardModel, Score, ScoringInput } from "../../domain/reward-model.js";
import { rewardsAt } from "../outputs.js";
import { type Connection, Endpoint, noneLeft } from "./endpoint.js";
import { EndpointPool } from "./endpoint-pool.js";
import type { WantedModel } from "./identity.js";
import { agreement, type ProbeTarget, probe } from "./probe.js";
import type { AdapterText, ServerAdapter } from "./server-adapter.js";

/** A text made ready for a model, and what is kept of it beside its score. */
export interface HttpText extends AdapterText {
  readonly bosCount: number;
  readonly inputHash: string;
}

/** A reward model behind HTTP. */
export interface HttpModel extends ProbeTarget {
  readonly rewardKey: string;
  /** The recipe's facts. */
  readonly facts: Readonly<Record<string, unknown>>;
  readonly adapter: ServerAdapter;
  readonly urls: readonly string[];
  /** What the servers are to serve. */
  readonly wanted: WantedModel;
  encode(input: ScoringInput): HttpText;
}

export interface HttpWorld {
  readonly connection: Connection;
  readonly say: (line: string) => void;
}

/** Tokens that are best sent at once. */
const TOKENS_AT_ONCE = 32_768;
const TRY_AGAIN_MS = 1000;

/**
 * Opens a reward model behind one or several servers, after a probe of each. Throws when none answers, or the probe finds what the recipe does not
 * allow; the error says what it saw.
 */
export async function openHttpModel(model: HttpModel, world: HttpWorld): Promise<RewardModel> {
  const { connection, say } = world;
  const endpoints = await reachAll(model, world);
  const reports = await probeAll(endpoints, model);
  const stops = reports.flatMap(({ endpoint, findings }) =>
    findings.filter(({ verdict }) => verdict === "stop").map((finding) => ({ endpoint, ...finding })),
  );
  if (stops.length > 0) throw inputError(stopText(stops));
  for (const { endpoint, findings } of reports) {
    for (const { check, verdict, detail } of findings)
      if (verdict === "warning") say(`warning: ${endpoint}: ${check}: ${detail}`);
  }
  const countTokens = !model.allow.includes("bos") && !model.allow.includes("truncation");
  const pool = new EndpointPool(endpoints, { connection, cut: model.cut, countTokens, say });
  return {
    rewardKey: model.rewardKey,
    otherKeys: model.reader.rewardKeys.slice(1),
    facts: {
      ...model.facts,
      runtime: model.adapter.runtime,
      endpoints: endpoints.map(({ name }) => name),
      probe: { verdict: verdictOf(reports), servers: reports.map(({ rewards, ...report }) => report) },
    },
    elsewhere: true,
    score: (inputs) => scoreAll(model, pool, connection.concurrency, inputs),
    dispose: async () => undefined,
  };
}

/** Probes all servers of a model. Throws only when none can be asked. */
export async function probeServers(model: HttpModel, world: HttpWorld): Promise<ProbeReport[]> {
  return probeAll(await reachAll(model, world), model);
}

/** The servers that answer. */
async function reachAll(model: HttpModel, { connection, say }: HttpWorld): Promise<Endpoint[]> {
  const endpoints = model.urls.map((url) => new Endpoint(url, model.adapter, connection));
  if (new Set(endpoints.map(({ name }) => name)).size < endpoints.length) {
    throw inputError(`endpoints: ${endpoints.map(({ name }) => name).join(", ")}: one is named twice`);
  }
  await Promise.all(endpoints.map((endpoint) => reach(endpoint, connection, say)));
  const living = endpoints.filter(({ out }) => out === null);
  if (living.length === 0) throw noneLeft(endpoints);
  for (const endpoint of living) endpoint.identify(model.wanted);
  for (const { name, out } of endpoints) if (out !== null) say(`${name} is left out: ${out}`);
  return living;
}

/** Waits until a server answers, as long as there is patience for it; one that is not there is left out. */
async function reach(endpoint: Endpoint, connection: Connection, say: (line: string) => void): Promise<void> {
  const started = Date.now();
  for (let attempt = 0; ; attempt += 1) {
    try {
      const { facts } = await endpoint.greet();
      if (facts.status === "failed") {
        endpoint.out = `its model could not be loaded: ${facts.error}`;
        return;
      }
      if (facts.status !== "loading") return;
      if (attempt === 0) say(`${endpoint.name} is loading its model`);
    } catch (cause) {
      connection.signal.throwIfAborted();
      const trouble = endpoint.troubleOf(cause);
      if (trouble.kind === "fatal") throw trouble.error;
      // Nobody listens: that is a wrong address rather than a server under load.
      if (trouble.kind !== "busy" || !/^\d/.test(trouble.message)) {
        endpoint.out = trouble.message;
        return;
      }
      if (Date.now() - started > connection.patienceMs) {
        endpoint.out = trouble.message;
        return;
      }
    }
    await new Promise((resolve) => setTimeout(resolve, TRY_AGAIN_MS));
    connection.signal.throwIfAborted();
  }
}

/** Probes all servers at once. */
async function probeAll(endpoints: readonly Endpoint[], model: HttpModel): Promise<ProbeReport[]> {
  const reports = await Promise.all(
    endpoints.map(async (endpoint) => {
      try {
        return await probe(endpoint, model);
      } catch (cause) {
        const trouble = endpoint.troubleOf(cause);
        if (trouble.kind === "fatal") throw trouble.error;
        throw workError(`${endpoint.name} does not answer the probe: ${trouble.message}`, cause);
      }
    }),
  );
  return agreement(reports, model.allow);
}

/** Why a run does not start, and how it would. */
function stopText(stops: readonly (Finding & { endpoint: string })[]): string {
  const lines = stops.map(({ endpoint, check, detail }) => `${endpoint}: ${check}: ${detail}`);
  const names = [...new Set(stops.map(({ check }) => check))].join(" ");
  return `the probe found that scores would be wrong\n${lines.join("\n")}\nmend the server, or accept it with --allow-probe ${names}`;
}

function verdictOf(reports: readonly ProbeReport[]): string {
  const has = (wanted: Finding["verdict"]) =>
    reports.some(({ findings }) => findings.some(({ verdict }) => verdict === wanted));
  if (has("allowed")) return "allowed";
  return has("warning") ? "warning" : "passed";
}

/** Scores inputs, equal texts once, longest first so that the last requests are short ones. */
async function scoreAll(
  model: HttpModel,
  pool: EndpointPool,
  concurrency: number,
  inputs: readonly ScoringInput[],
): Promise<Score[]> {
  const encoded = inputs.map((input) => model.encode(input));
  const distinct = [...new Map(encoded.map((text) => [text.inputHash, text])).values()].sort(
    (a, b) => b.ids.length - a.ids.length,
  );
  const batches = batchesOf(distinct, pool, concurrency);
  const rows = await pool.score(batches);
  const byHash = new Map(distinct.map((text, index) => [text.inputHash, rows[index]!.outputs]));
  return encoded.map(({ ids, bosCount, inputHash, truncated }) => {
    const [reward, ...others] = rewardsAt(byHash.get(inputHash)!, model.reader, model.rewardKey);
    return {
      reward: reward!,
      ...(others.length > 0 && { others }),
      tokens: ids.length,
      truncated,
      inputHash,
      bosCount,
    };
  });
}

/** Requests of texts of like length: enough of them to keep all servers at work, none larger than servers like. */
function batchesOf(
  texts: readonly HttpText[],
  { endpoints }: EndpointPool,
  concurrency: number,
): HttpText[][] {
  const { adapter } = endpoints[0]!;
  const largest = Math.min(
    adapter.textsAtOnce,
    ...endpoints.map(({ served }) => served.maxTexts ?? adapter.textsAtOnce),
  );
  const size = Math.max(1, Math.min(largest, Math.ceil(texts.length / (2 * concurrency * endpoints.length))));
  const batches: HttpText[][] = [];
  let tokens = 0;
  for (const text of texts) {
    const last = batches.at(-1);
    if (last && last.length < size && tokens + text.ids.length <= TOKENS_AT_ONCE) {
      last.push(text);
      tokens += text.ids.length;
    } else {
      batches.push([text]);
      tokens = text.ids.length;
    }
  }
  return batches;
}
