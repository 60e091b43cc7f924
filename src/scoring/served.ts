import type { HubSetting } from "../datasets/sources/hub.js";
import { inputError } from "../domain/errors.js";
import type { ProbeReport } from "../domain/probe.js";
import type { Recipe } from "../domain/recipe.js";
import type { RewardModel } from "../domain/reward-model.js";
import type { Serving } from "../domain/serving.js";
import type { Connection } from "./http/endpoint.js";
import { findEndpoints } from "./http/endpoint-files.js";
import { type HttpModel, openHttpModel, probeServers } from "./http/model.js";
import { rewardServer } from "./http/reward-server.js";
import type { ServerAdapter } from "./http/server-adapter.js";
import { sglang } from "./http/sglang.js";
import { tei } from "./http/tei.js";
import { vllmClassify, vllmPooling } from "./http/vllm.js";
import { type EncodedInput, openEncoder } from "./in-process/encoder.js";
import { openModelFiles } from "./in-process/model-files.js";
import { describeOutput, outputReader } from "./outputs.js";

/** The servers that can be spoken to, by the name of their runtime. */
export const SERVER_ADAPTERS = {
  vllm: vllmClassify,
  "vllm-pooling": vllmPooling,
  sglang,
  tei,
  "reward-server": rewardServer,
} as const satisfies Record<string, ServerAdapter>;
export type ServedRuntime = keyof typeof SERVER_ADAPTERS;

export function isServed(runtime: string): runtime is ServedRuntime {
  return Object.hasOwn(SERVER_ADAPTERS, runtime);
}

export interface ScorerWorld extends HubSetting {
  /** Ends what is under way; absent, nothing does. */
  readonly signal?: AbortSignal;
  /** Where a server that is started for the run may say what it does. */
  readonly openLog?: (name: string) => { readonly path: string; write(line: string): void };
}

const CONCURRENCY = 8;
const TIMEOUT_SECONDS = 240;
const PATIENCE_SECONDS = 120;

/** Opens a reward model behind servers: inputs are made here, as the recipe says, and scored there. */
export async function openServedModel(
  recipe: Recipe,
  runtime: ServedRuntime,
  serving: Serving,
  world: ScorerWorld,
): Promise<RewardModel> {
  const model = await describeServed(recipe, runtime, serving, world);
  return openHttpModel(model, { connection: connectionOf(serving, world), say: world.say });
}

/** What a probe of the servers finds; nothing is scored. For the doctor: it does not throw for what it finds. */
export async function probeServedModel(
  recipe: Recipe,
  runtime: ServedRuntime,
  serving: Serving,
  world: ScorerWorld,
): Promise<ProbeReport[]> {
  // Who asks how things stand does not wait for servers to come.
  const endpoints = await findEndpoints(serving.endpoints ?? [], { ...world, waitSeconds: 0 });
  const model = await describeServed(recipe, runtime, { ...serving, endpoints }, world);
  return probeServers(model, { connection: connectionOf(serving, world), say: world.say });
}

async function describeServed(
  recipe: Recipe,
  runtime: ServedRuntime,
  { endpoints = [], allowProbe = [], servedModel }: Serving,
  world: ScorerWorld,
): Promise<HttpModel> {
  const adapter = SERVER_ADAPTERS[runtime];
  if (endpoints.length === 0) {
    throw inputError(
      `${recipe.name}: runtime ${runtime} needs the address of a server: scoring.endpoints, or --endpoint http://localhost:8000 (started with ${adapter.start})`,
    );
  }
  if (adapter.takes === "texts" && recipe.input === "chat") {
    throw inputError(
      `${recipe.name}: ${runtime} takes texts, not tokens, and would put a second BOS before a chat; use ${recipe.runtimes.filter((name) => name !== "tei").join(" or ")}`,
    );
  }
  const files = await openModelFiles(recipe, world);
  const encoder = await openEncoder(recipe, files);
  return {
    rewardKey: recipe.heads[0]!.rewardKey,
    adapter,
    urls: await findEndpoints(endpoints, world),
    wanted: {
      recipe: recipe.name,
      model: recipe.model,
      servedModel: servedModel ?? recipe.servedModel,
    },
    judgesAnswers: recipe.input !== "response",
    padAtEnd: encoder.padAtEnd,
    reader: outputReader(recipe, encoder.config, files.name),
    labels: labelsOf(encoder.config),
    maxTokens: encoder.maxTokens,
    cut: recipe.truncation === "left" ? "left" : "right",
    allow: [...allowProbe, ...recipe.allowProbe],
    facts: { ...encoder.facts, output: describeOutput(recipe), dtype: recipe.dtype },
    encode: (input) => {
      const encoded = encoder.encode(input);
      return { ...encoded, texts: textsOf(recipe, input, encoded) };
    },
  };
}

/** What a server that tokenises texts itself is sent. */
function textsOf(
  { input: kind }: Recipe,
  { prompt, response }: { prompt: string; response: string },
  { text }: EncodedInput,
): readonly [string] | readonly [string, string] {
  return kind === "pair" ? [prompt, response] : [kind === "response" ? response : text];
}

function labelsOf(config: Readonly<Record<string, unknown>>): readonly string[] | undefined {
  const labels = Object.entries((config.id2label ?? {}) as Record<string, unknown>);
  if (labels.length === 0) return undefined;
  return labels.sort(([a], [b]) => Number(a) - Number(b)).map(([, label]) => String(label));
}

function connectionOf(
  serving: Serving,
  { fetch, environment, signal = new AbortController().signal }: ScorerWorld,
): Connection {
  return {
    fetch,
    apiKey: environment.SCORING_API_KEY || undefined,
    signal,
    concurrency: serving.concurrency ?? CONCURRENCY,
    timeoutMs: 1000 * (serving.timeout ?? TIMEOUT_SECONDS),
    patienceMs: 1000 * (serving.patience ?? PATIENCE_SECONDS),
  };
}
