import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { inputError } from "../../domain/errors.js";
import type { RewriteRequest } from "../../domain/rewriter.js";
import { isLocal } from "../../language-models/chat-settings.js";
import { networkOf } from "../../language-models/network.js";
import { linesOfFile } from "../../storage/project/lines.js";
import type { Project, RunStamp } from "../../storage/project/project.js";
import { anthropicBatches } from "../backends/anthropic-batch.js";
import { openAiBatches } from "../backends/openai-batch.js";
import { type BatchEvent, readLedger } from "../batches/ledger.js";
import type { BatchProvider, ProviderFacts } from "../batches/provider.js";
import { customIdOf } from "../batches/requests.js";

type World = Readonly<Record<string, string | undefined>>;

/** Requests that open batches hold. */
export interface HeldRequests {
  has(request: RewriteRequest): boolean;
}

/** Where there are no batches. */
export const NONE_HELD: HeldRequests = { has: () => false };

/** The requests that a data set's open batches hold: those of a run, or with null those of any. The provider is not asked. */
export async function heldRequests(
  project: Project,
  dataset: string,
  stamp: RunStamp | null,
): Promise<HeldRequests> {
  const held = new Set<string>();
  for (const path of await project.batchLedgers(dataset, stamp)) {
    const { batches } = await readLedger(eventsOf(path));
    for (const { intent, begun, settled } of batches)
      if (begun !== null && settled === null) for (const id of intent.requests) held.add(id);
  }
  return held.size === 0 ? NONE_HELD : { has: (request) => held.has(customIdOf(request)) };
}

/** So long a provider is waited for when someone only wants to know. */
const PATIENCE_MS = 10_000;

/** A batch of the project, and how it stands at the provider. */
export interface KnownBatch {
  readonly batch: string;
  readonly provider: ProviderFacts["provider"];
  /** The run's folder in `data/batch_api`. */
  readonly run: string;
  readonly created: string;
  readonly requests: number;
  /** The provider's own word, or how it ended. */
  readonly state: string;
  readonly done: number | null;
  readonly open: boolean;
}

/** All batches that the project's ledgers know, the newest last; open ones are asked after. */
export async function listBatches(
  project: Project,
  environment: World,
  trusted = false,
): Promise<KnownBatch[]> {
  const folder = project.path("data", "batch_api");
  const runs = (await readdir(folder).catch(() => [] as string[])).filter((name) =>
    name.endsWith("_batches"),
  );
  const found: (KnownBatch | Promise<KnownBatch>)[] = [];
  for (const run of runs.sort()) {
    const path = join(folder, run, "ledger.jsonl");
    if (!(await readFile(path).catch(() => null))) continue;
    const { provider: facts, batches } = await readLedger(eventsOf(path));
    if (!facts) continue;
    for (const { batch, intent, settled } of batches) {
      if (batch === null) continue;
      const shared = {
        batch,
        provider: facts.provider,
        run,
        created: intent.at,
        requests: intent.requests.length,
      };
      found.push(
        settled !== null
          ? { ...shared, state: settled, done: null, open: false }
          : standing(facts, batch, environment, trusted).then((state) => ({ ...shared, ...state })),
      );
    }
  }
  return Promise.all(found);
}

/** How an open batch stands; a provider that cannot be asked (a key that is missing, a server that is gone) hides no other batches. */
async function standing(facts: ProviderFacts, batch: string, environment: World, trusted: boolean) {
  try {
    const status = await providerOf(facts, environment, trusted).status(
      batch,
      AbortSignal.timeout(PATIENCE_MS),
    );
    return { state: status.state, done: status.done, open: !status.ended };
  } catch (cause) {
    const { name, message } = cause as Error;
    const why = name === "TimeoutError" ? `no answer within ${PATIENCE_MS / 1000} s` : message;
    return { state: `not known (${why.slice(0, 200)})`, done: null, open: true };
  }
}

/** Has the provider stop a batch; what it has answered is kept and billed. */
export async function cancelBatch(
  project: Project,
  { batch, run }: KnownBatch,
  environment: World,
  trusted = false,
): Promise<void> {
  const path = join(project.path("data", "batch_api"), run, "ledger.jsonl");
  const { provider } = await readLedger(eventsOf(path));
  await providerOf(provider!, environment, trusted, true).cancel(batch, AbortSignal.timeout(PATIENCE_MS));
}

/**
 * The provider that a ledger names. Its address comes from a file of the project, and who is asked there gets the key: so
 * only the provider's own address, one of this machine or network, or the one that the environment names is asked; others
 * with `trusted`. Without `patient` one try tells enough: someone waits at the terminal.
 */
function providerOf(
  { provider, baseUrl, model }: ProviderFacts,
  environment: World,
  trusted: boolean,
  patient = false,
): BatchProvider {
  const variable = provider === "openai-batch" ? "OPENAI_BASE_URL" : "ANTHROPIC_BASE_URL";
  const isKnown = baseUrl === null || isLocal(baseUrl) || baseUrl === environment[variable];
  if (!isKnown && !trusted)
    throw inputError(
      `${baseUrl.slice(0, 100)} is named by a file of the project alone, and would be sent the key; --trust asks it all the same, or set ${variable}`,
    );
  const shared = { model, baseUrl: baseUrl ?? undefined, network: networkOf(environment), patient };
  return provider === "openai-batch"
    ? openAiBatches({ ...shared, apiKey: environment.OPENAI_API_KEY })
    : anthropicBatches({ ...shared, apiKey: environment.ANTHROPIC_API_KEY });
}

/** The events of a ledger that another process may be writing to: a torn last line is passed over. */
async function* eventsOf(path: string): AsyncIterable<BatchEvent> {
  for await (const line of linesOfFile(path)) {
    try {
      const event = JSON.parse(line);
      if ("event" in event) yield event;
    } catch {
      return;
    }
  }
}
