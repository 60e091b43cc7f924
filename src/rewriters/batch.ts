import { createHash, randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { ChatAnswer } from "../chat/client.js";
import { inputError, workError } from "../domain/errors.js";
import type { ExampleId } from "../domain/example.js";
import type { AppendLog, Place, RewriteAnswer, RewriteRequest, Rewriter } from "../domain/rewriter.js";
import { answerTo } from "./answers.js";

/** A step in the life of a batch. Written before or right after it is taken, so that a crash at any point loses and doubles nothing. */
export type BatchEvent =
  | ({ readonly event: "provider" } & ProviderFacts)
  | ({ readonly event: "intent" } & Intent)
  | { readonly event: "creating"; readonly intent: string; readonly file: string | null; readonly at: string }
  | { readonly event: "created"; readonly intent: string; readonly batch: string }
  | { readonly event: "settled"; readonly intent: string; readonly state: string };

/** Who has the batches: enough to ask after them later. */
export interface ProviderFacts {
  readonly provider: "openai-batch" | "anthropic-batch";
  readonly baseUrl: string | null;
  readonly model: string;
}

/** A batch that is about to be created. */
export interface Intent {
  readonly id: string;
  /** SHA-256 of the requests, as they are sent. */
  readonly sha256: string;
  readonly at: string;
  /** The requests' `custom_id`s, in the order of the lines. */
  readonly requests: readonly string[];
  readonly tokens: number;
}

/** How a batch stands. */
export interface BatchStatus {
  /** The provider's own word. */
  readonly state: string;
  readonly ended: boolean;
  readonly total: number;
  readonly done: number;
  /** Why it did not run, as a whole or line by line. */
  readonly errors?: readonly {
    readonly code: string;
    readonly message: string;
    readonly line: number | null;
  }[];
  /** Files of results: they may be there in any final state. */
  readonly results: readonly string[];
}

/** One line of results: an answer, a request rejected for its own sake, or one that can be sent again. */
export interface BatchLine {
  readonly customId: string;
  readonly reply: ChatAnswer | { readonly rejected: string } | { readonly again: string };
}

/** A provider's batch API. */
export interface BatchProvider {
  readonly facts: ProviderFacts;
  readonly limits: { readonly requests: number; readonly bytes: number };
  /** A request as a line of the input. */
  line(customId: string, request: RewriteRequest): string;
  /**
   * Sends the input and creates the batch, with one try; `creating` is told right before that, with the uploaded file. Throws `BatchBusy` when there is no room for it now, `CreationLost`
   * when it may have been created all the same.
   */
  create(
    intent: Intent,
    input: string,
    creating: (file: string | null) => Promise<void>,
    signal: AbortSignal,
  ): Promise<string>;
  /** The batch that was created for an intent; null when the provider lists none, which it may do late. `known` are those of other intents. */
  find(intent: Intent, known: ReadonlySet<string>, signal: AbortSignal): Promise<string | null>;
  status(batch: string, signal: AbortSignal): Promise<BatchStatus>;
  /** The lines of one of the results. */
  download(batch: string, result: string, signal: AbortSignal): AsyncIterable<string>;
  parse(line: string): BatchLine | null;
  cancel(batch: string): Promise<void>;
}

/** The provider has no room for another batch now. */
export class BatchBusy extends Error {}

/** The answer to a creation was lost: the batch may be there. */
export class CreationLost extends Error {}

/** What a creation that failed without a word of the provider's, or with one of these, means: a batch may be there, or is none. */
export function failedCreation(status: number | null, message: string): Error | null {
  const reason = message.slice(0, 200);
  if (status === 429) return new BatchBusy(reason);
  const isLost = status === null || status >= 500 || status === 408 || status === 409;
  return isLost ? new CreationLost(reason) : null;
}

/** What a 404 means. */
export function unknownThing(thing: string, baseUrl: string | undefined, message: string): Error {
  return inputError(
    `${baseUrl ?? "the provider"} does not know ${thing} (${message}): is it the key and the base_url of then? What has been answered is kept; what the provider has deleted ` +
      "is asked for again, and paid again, once the run's folder is moved out of data/batch_api",
  );
}

/** Where the batches of a run are kept. */
export interface BatchStore {
  ledger(): Promise<AppendLog<BatchEvent>>;
  /** Writes lines whole or not at all; returns the path. */
  save(name: string, lines: Iterable<string> | AsyncIterable<string>): Promise<string>;
  lines(path: string): AsyncIterable<string>;
  /** Where the requests of a round wait, instead of in memory. */
  scratch(): Promise<Scratch>;
}

export interface Scratch {
  add(request: RewriteRequest): Promise<Place>;
  read(place: Place): Promise<RewriteRequest>;
  close(): Promise<void>;
}

export interface BatchSettings {
  /** Requests in one batch, below the provider's own limit. */
  readonly maxRequests?: number | undefined;
  /** Tokens of requests that the account may have waiting at once. */
  readonly maxQueuedTokens?: number | undefined;
  /** The longest time between two looks at a batch. */
  readonly pollSeconds?: number | undefined;
  /** How long after a creation whose answer was lost the batch is looked for. */
  readonly searchSeconds?: number | undefined;
  readonly say: (line: string) => void;
}

/** A request that comes back without an answer is sent so often in all. */
const SENDS = 8;
const POLL_SECONDS = 60;
const FIRST_POLL_SECONDS = 2;
/** A provider may list a new batch late; one that is not seen by then is taken for never created, and its requests are sent again. */
const SEARCH_SECONDS = 300;
/** So often a full queue is waited for before it is given up, about an hour at the longest pause. */
const BUSY_TRIES = 60;
/** Bytes of English text in a token, cautiously: only for the limit of queued tokens, never for a bill. */
const BYTES_PER_TOKEN = 3;

interface Active {
  readonly intent: Intent;
  readonly batch: string;
  /** Whether no other batch was under way when it was created, so that a full queue was not filled by ourselves. */
  readonly alone: boolean;
  /** What was said of it last. */
  said?: BatchStatus;
}

/** Share of a batch's requests after which its progress is told again. */
const TOLD_SHARE = 0.1;

/** Says how a batch stands whenever that has changed noticeably: it may take a day. */
function report(entry: Active, status: BatchStatus, say: (line: string) => void): void {
  const { state, done, total } = status;
  const { said } = entry;
  if (said && said.state === state && done - said.done < Math.max(1, TOLD_SHARE * total)) return;
  entry.said = status;
  if (!status.ended) say(`batch ${entry.batch}: ${state}, ${done} of ${entry.intent.requests.length} done`);
}

interface Waiting {
  readonly customId: string;
  readonly id: ExampleId;
  /** Of the request, in the scratch file. */
  readonly place: Place;
  /** Of the line that is sent, its end included. */
  readonly bytes: number;
  readonly tokens: number;
  sends: number;
}

/** The name of a request in a batch: decided by its content, so that an answer can belong to no other request. */
export function customIdOf({ id, step, attempt, prompt }: RewriteRequest): string {
  return createHash("sha256")
    .update(JSON.stringify([step, attempt, id, prompt]))
    .digest("hex")
    .slice(0, 40);
}

/**
 * Has requests answered by batches and yields the answers as the batches end. Batches that an earlier process created are found by the ledger (or at the provider)
 * and waited for instead of being created again. Results belong to their request by `custom_id`, in whatever order and file they come.
 */
async function* runBatches(
  requests: AsyncIterable<RewriteRequest>,
  provider: BatchProvider,
  store: BatchStore,
  settings: BatchSettings,
  signal: AbortSignal,
): AsyncIterable<RewriteAnswer> {
  const scratch = await store.scratch();
  try {
    yield* answersTo(requests, scratch, provider, store, settings, signal);
  } finally {
    await scratch.close();
  }
}

async function* answersTo(
  requests: AsyncIterable<RewriteRequest>,
  scratch: Scratch,
  provider: BatchProvider,
  store: BatchStore,
  settings: BatchSettings,
  signal: AbortSignal,
): AsyncIterable<RewriteAnswer> {
  const ledger = await store.ledger();
  const longest = settings.pollSeconds ?? POLL_SECONDS;
  const wanted = new Map<string, Waiting>();
  for await (const request of requests) {
    const customId = customIdOf(request);
    const bytes = Buffer.byteLength(provider.line(customId, request)) + 1;
    const tokens = Math.ceil(bytes / BYTES_PER_TOKEN);
    wanted.set(customId, {
      customId,
      id: request.id,
      place: await scratch.add(request),
      bytes,
      tokens,
      sends: 0,
    });
  }
  const requestOf = ({ place }: Waiting) => scratch.read(place);
  const search: Search = { seconds: settings.searchSeconds ?? SEARCH_SECONDS, longest, known: new Set() };
  const active = await recover(provider, ledger, search, settings.say, signal);
  const sent = new Set(active.flatMap(({ intent }) => intent.requests));
  let queue = [...wanted.values()].filter(({ customId }) => !sent.has(customId));
  const limits = {
    requests: Math.min(settings.maxRequests ?? provider.limits.requests, provider.limits.requests),
    bytes: provider.limits.bytes,
    chunkTokens: settings.maxQueuedTokens ?? Number.POSITIVE_INFINITY,
    queuedTokens: settings.maxQueuedTokens ?? Number.POSITIVE_INFINITY,
    active: Number.POSITIVE_INFINITY,
  };
  let pause = Math.min(FIRST_POLL_SECONDS, longest);
  let busy = 0;

  try {
    while (queue.length > 0 || active.length > 0) {
      while (queue.length > 0 && active.length < limits.active) {
        const chunk = nextChunk(queue, limits, active);
        if (chunk.length === 0) break;
        try {
          const created = await create(
            chunk,
            requestOf,
            provider,
            store,
            ledger,
            search,
            settings.say,
            signal,
          );
          active.push({ ...created, alone: active.length === 0 });
          queue = queue.slice(chunk.length);
          busy = 0;
        } catch (cause) {
          if (!(cause instanceof BatchBusy)) throw cause;
          limits.active = Math.max(1, active.length);
          if (active.length === 0) {
            busy += 1;
            if (busy > BUSY_TRIES)
              throw workError(`${provider.facts.provider}: no batch could be created (${cause.message})`);
            settings.say(
              `${provider.facts.provider}: no batch can be created now (${cause.message}); waiting`,
            );
          }
          break;
        }
      }
      await sleep(1000 * pause, undefined, { signal });
      pause = Math.min(longest, 1.5 * pause);
      for (const entry of [...active]) {
        const status = await provider.status(entry.batch, signal);
        report(entry, status, settings.say);
        if (!status.ended) continue;
        pause = Math.min(FIRST_POLL_SECONDS, longest);
        active.splice(active.indexOf(entry), 1);
        const unanswered = new Map<string, string>();
        for (const customId of entry.intent.requests)
          if (wanted.has(customId)) unanswered.set(customId, status.state);
        for await (const { customId, reply } of results(entry, status, provider, store, signal)) {
          const found = unanswered.has(customId) ? wanted.get(customId) : undefined;
          if (!found) continue;
          if ("again" in reply) unanswered.set(customId, reply.again);
          else {
            unanswered.delete(customId);
            wanted.delete(customId);
            yield answerTo(await requestOf(found), reply);
          }
        }
        const verdict = judge(status, entry, limits, active.length);
        for (const [customId, message] of verdict.rejected) {
          const found = wanted.get(customId);
          if (!found || !unanswered.delete(customId)) continue;
          wanted.delete(customId);
          yield answerTo(await requestOf(found), { rejected: message });
        }
        for (const [customId, why] of unanswered) {
          const found = wanted.get(customId)!;
          if (verdict.counts) found.sends += 1;
          if (found.sends < SENDS) queue.push(found);
          else {
            wanted.delete(customId);
            yield {
              request: await requestOf(found),
              outcome: { status: "failed", ...givenUp(status, verdict.why ?? why) },
            };
          }
        }
        await ledger.append({ event: "settled", intent: entry.intent.id, state: status.state });
        if (verdict.stop) throw verdict.stop(unanswered.size);
        if (unanswered.size > 0)
          settings.say(
            `batch ${entry.batch} ${status.state}: ${unanswered.size} of ${entry.intent.requests.length} requests are sent again`,
          );
      }
    }
  } finally {
    if (signal.aborted && active.length > 0) {
      settings.say(
        `${active.length === 1 ? "a batch goes" : `${active.length} batches go`} on at the provider (${active.map(({ batch }) => batch).join(", ")}): ` +
          "the same command, or rate batches resume, collects the answers; rate batches cancel stops them",
      );
    }
  }
}

/** A rewriter that works through a provider's batches; `company` is who answers, live or in batches. */
export function batchRewriter(
  provider: BatchProvider,
  company: string,
  facts: Rewriter["facts"],
  store: BatchStore,
  settings: BatchSettings,
): Rewriter {
  return {
    name: provider.facts.provider,
    facts,
    paid: { provider: company, ...facts },
    kind: "bulk",
    rewriteAll: (requests, signal) => runBatches(requests, provider, store, settings, signal),
  };
}

type Limits = { requests: number; bytes: number; chunkTokens: number; queuedTokens: number; active: number };

/** The first requests of the queue that fit into a batch, and beside those under way. */
function nextChunk(queue: readonly Waiting[], limits: Limits, active: readonly Active[]): Waiting[] {
  const queued = active.reduce((sum, { intent }) => sum + intent.tokens, 0);
  const room =
    active.length === 0 ? limits.chunkTokens : Math.min(limits.chunkTokens, limits.queuedTokens - queued);
  const chunk: Waiting[] = [];
  let bytes = 0;
  let tokens = 0;
  for (const entry of queue) {
    if (chunk.length >= limits.requests || bytes + entry.bytes > limits.bytes) break;
    // One request by itself is always tried: only the provider knows its real size.
    if (tokens + entry.tokens > room && (chunk.length > 0 || active.length > 0)) break;
    chunk.push(entry);
    bytes += entry.bytes;
    tokens += entry.tokens;
  }
  if (chunk.length === 0 && active.length === 0 && queue[0])
    throw inputError(
      `example ${queue[0].id}: its request is larger than a whole batch may be (${limits.bytes} bytes)`,
    );
  return chunk;
}

async function create(
  chunk: readonly Waiting[],
  requestOf: (entry: Waiting) => Promise<RewriteRequest>,
  provider: BatchProvider,
  store: BatchStore,
  ledger: AppendLog<BatchEvent>,
  search: Search,
  say: BatchSettings["say"],
  signal: AbortSignal,
): Promise<Pick<Active, "intent" | "batch">> {
  const id = randomUUID();
  const hash = createHash("sha256");
  const lines = async function* () {
    for (const entry of chunk) {
      const line = `${provider.line(entry.customId, await requestOf(entry))}\n`;
      hash.update(line);
      yield line;
    }
  };
  const input = await store.save(`${id}_input.jsonl`, lines());
  const intent: Intent = {
    id,
    sha256: hash.digest("hex"),
    at: new Date().toISOString(),
    requests: chunk.map(({ customId }) => customId),
    tokens: chunk.reduce((sum, { tokens }) => sum + tokens, 0),
  };
  await ledger.append({ event: "intent", ...intent });
  try {
    const creating = async (file: string | null) => {
      await ledger.append({ event: "creating", intent: intent.id, file, at: new Date().toISOString() });
    };
    const batch = await provider.create(intent, input, creating, signal).catch(async (cause) => {
      if (!(cause instanceof CreationLost)) throw cause;
      // Never created again blindly: it would be paid twice.
      say(
        `${provider.facts.provider}: the answer to a batch's creation was lost (${cause.message}); looking for the batch`,
      );
      const found = await searchFor(provider, intent, search, Date.now(), signal);
      if (found === null)
        throw new BatchBusy(
          `${cause.message}; none that was created is listed after ${search.seconds} seconds`,
        );
      return found;
    });
    search.known.add(batch);
    await ledger.append({ event: "created", intent: intent.id, batch });
    return { intent, batch };
  } catch (cause) {
    if (cause instanceof BatchBusy)
      await ledger.append({ event: "settled", intent: intent.id, state: "not created" });
    throw cause;
  }
}

/** What the ledger knows. */
export interface LedgerState {
  readonly provider: ProviderFacts | null;
  readonly batches: readonly {
    readonly intent: Intent;
    /** When its creation was asked for; null when it cannot have been. */
    readonly begun: string | null;
    readonly batch: string | null;
    readonly settled: string | null;
  }[];
}

/** Reads a ledger to its end. */
export async function readLedger(events: AsyncIterable<BatchEvent>): Promise<LedgerState> {
  let provider: ProviderFacts | null = null;
  const batches = new Map<
    string,
    { intent: Intent; begun: string | null; batch: string | null; settled: string | null }
  >();
  for await (const entry of events) {
    if (entry.event === "provider") provider = entry;
    else if (entry.event === "intent")
      batches.set(entry.id, { intent: entry, begun: null, batch: null, settled: null });
    else {
      const found = batches.get(entry.intent);
      if (found && entry.event === "creating") found.begun = entry.at;
      if (found && entry.event === "created") found.batch = entry.batch;
      if (found && entry.event === "settled") found.settled = entry.state;
    }
  }
  return { provider, batches: [...batches.values()] };
}

/** How batches are looked for of which only the intent is known. */
interface Search {
  /** So long after the creation was begun. */
  readonly seconds: number;
  /** The longest time between two looks, in seconds. */
  readonly longest: number;
  /** Batches that belong to other intents. */
  readonly known: Set<string>;
}

/** The batch that may have been created for an intent; null when the provider does not list it in time. */
async function searchFor(
  provider: BatchProvider,
  intent: Intent,
  { seconds, longest, known }: Search,
  begun: number,
  signal: AbortSignal,
): Promise<string | null> {
  const end = begun + 1000 * seconds;
  for (let pause = Math.min(FIRST_POLL_SECONDS, longest); ; pause = Math.min(longest, 1.5 * pause)) {
    const now = Date.now();
    const found = await provider.find(intent, known, signal);
    if (found !== null || now >= end) return found;
    await sleep(Math.min(1000 * pause, end - now), undefined, { signal });
  }
}

/** The batches that are not settled yet, those included that were created just before a crash. */
async function recover(
  provider: BatchProvider,
  ledger: AppendLog<BatchEvent>,
  search: Search,
  say: BatchSettings["say"],
  signal: AbortSignal,
): Promise<Active[]> {
  const state = await readLedger(ledger.entries());
  if (!state.provider) await ledger.append({ event: "provider", ...provider.facts });
  for (const { batch } of state.batches) if (batch !== null) search.known.add(batch);
  const active: Active[] = [];
  for (const { intent, begun, batch, settled } of state.batches) {
    if (settled !== null) continue;
    let found = batch;
    if (batch === null && begun !== null) {
      say(`${provider.facts.provider}: broken off while a batch was created; looking for the batch`);
      found = await searchFor(provider, intent, search, Date.parse(begun), signal);
    }
    if (found === null) {
      await ledger.append({ event: "settled", intent: intent.id, state: "not created" });
      continue;
    }
    search.known.add(found);
    if (batch === null) await ledger.append({ event: "created", intent: intent.id, batch: found });
    active.push({ intent, batch: found, alone: false });
  }
  return active;
}

/** All lines of a batch's results; they are on the disk before the first is looked at. */
async function* results(
  { intent, batch }: Active,
  status: BatchStatus,
  provider: BatchProvider,
  store: BatchStore,
  signal: AbortSignal,
): AsyncIterable<BatchLine> {
  for (const [index, result] of status.results.entries()) {
    const path = await store.save(
      `${intent.id}_result_${index}.jsonl`,
      withLineEnds(provider.download(batch, result, signal)),
    );
    for await (const line of store.lines(path)) {
      const parsed = provider.parse(line);
      if (parsed) yield parsed;
    }
  }
}

async function* withLineEnds(lines: AsyncIterable<string>): AsyncIterable<string> {
  for await (const line of lines) yield `${line}\n`;
}

interface Verdict {
  /** Requests that the provider rejects, and why. */
  readonly rejected: ReadonlyMap<string, string>;
  /** Whether being unanswered counts as one of the tries of a request. */
  readonly counts: boolean;
  /** Why requests are unanswered, where the batch's state does not say. */
  readonly why?: string;
  readonly stop?: (unanswered: number) => Error;
}

/** What the end of a batch means for the requests that it leaves without an answer. */
function judge(
  status: BatchStatus,
  { batch, intent, alone }: Active,
  limits: Limits,
  others: number,
): Verdict {
  const rejected = new Map<string, string>();
  if (status.state === "cancelled" || status.state === "canceled") {
    return {
      rejected,
      counts: false,
      stop: (unanswered) =>
        workError(
          `batch ${batch} was cancelled; what it had answered is kept; the same command sends its ${unanswered} open requests again`,
        ),
    };
  }
  const errors = status.errors ?? [];
  if (errors.some(({ code }) => code === "token_limit_exceeded")) {
    // Others that were under way have filled the queue, even if they have ended since.
    if (!alone) limits.active = Math.max(1, others);
    else if (intent.requests.length > 1) limits.chunkTokens = Math.ceil(intent.tokens / 2);
    else return { rejected, counts: true, why: errors[0]!.message };
    return { rejected, counts: false };
  }
  for (const { line, code, message } of errors) {
    const customId = line === null ? undefined : intent.requests[line - 1];
    if (customId !== undefined) rejected.set(customId, `${code}: ${message}`);
  }
  const whole = errors.find(({ line }) => line === null);
  if (status.state === "failed" && rejected.size === 0)
    return {
      rejected,
      counts: true,
      stop: () =>
        inputError(
          `batch ${batch} failed: ${whole ? `${whole.code}: ${whole.message}` : "the provider gives no reason"}; nothing of it was answered`,
        ),
    };
  return { rejected, counts: true };
}

function givenUp(status: BatchStatus, why: string) {
  const reason = status.state === "expired" ? ("expired" as const) : ("failed" as const);
  return { reason, detail: `no answer after ${SENDS} batches: ${why}`.slice(0, 300) };
}
