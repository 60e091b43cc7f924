import { createHash } from "node:crypto";
import { inputError, workError } from "../../domain/errors.js";
import type { ExampleId } from "../../domain/example.js";
import type { Place, RewriteAnswer, RewriteRequest, Rewriter } from "../../domain/rewriter.js";
import { answerTo } from "../answers/answers.js";
import { type Created, createBatch, type Desk, lateBatches, Pauses, recoverBatches } from "./creation.js";
import type { BatchStore, Scratch } from "./ledger.js";
import { BatchBusy, type BatchLine, type BatchProvider, type BatchStatus, CreationLost } from "./provider.js";

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
/** A provider may list a new batch late; one that is not seen by then is taken for never created, and its requests are sent again. */
const SEARCH_SECONDS = 300;
/** So often a full queue is waited for before it is given up, about an hour at the longest pause. */
const BUSY_TRIES = 60;
/** Bytes of English text in a token, cautiously: only for the limit of queued tokens, never for a bill. */
const BYTES_PER_TOKEN = 3;
/** Share of a batch's requests after which its progress is told again. */
const TOLD_SHARE = 0.1;

/** A batch under way. */
interface Active extends Created {
  /** Whether no other batch was under way when it was created, so that a full queue was not filled by ourselves. */
  readonly alone: boolean;
  /** What was said of it last. */
  said?: BatchStatus;
}

/** A request that has no answer yet. */
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

interface Limits {
  /** Requests in a batch. */
  readonly requests: number;
  /** Bytes of a batch's input. */
  readonly bytes: number;
  /** Tokens of all batches under way. */
  readonly queuedTokens: number;
  /** Tokens of one batch: as many as the queue has been seen to take. */
  chunkTokens: number;
  /** Batches under way: as many as the queue has been seen to take. */
  active: number;
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
    async *rewriteAll(requests, signal) {
      const scratch = await store.scratch();
      try {
        const desk: Desk = {
          provider,
          store,
          ledger: await store.ledger(),
          known: new Set(),
          unlisted: new Set(),
          searchSeconds: settings.searchSeconds ?? SEARCH_SECONDS,
          longestPause: settings.pollSeconds ?? POLL_SECONDS,
          say: settings.say,
          signal,
        };
        yield* new Round(desk, scratch, settings).answers(requests);
      } finally {
        await scratch.close();
      }
    },
  };
}

/** The name of a request in a batch: decided by its content, so that an answer can belong to no other request. */
export function customIdOf({ id, step, attempt, prompt }: RewriteRequest): string {
  return createHash("sha256")
    .update(JSON.stringify([step, attempt, id, prompt]))
    .digest("hex")
    .slice(0, 40);
}

/** A round of requests on its way through batches. */
class Round {
  private readonly wanted = new Map<string, Waiting>();
  /** Those of them that are in no batch. */
  private queue: Waiting[] = [];
  private active: Active[] = [];
  private readonly limits: Limits;
  private readonly pauses: Pauses;
  /** How often in a row no batch could be created though none of ours was under way. */
  private busy = 0;

  constructor(
    private readonly desk: Desk,
    private readonly scratch: Scratch,
    settings: BatchSettings,
  ) {
    const { requests, bytes } = desk.provider.limits;
    const queuedTokens = settings.maxQueuedTokens ?? Number.POSITIVE_INFINITY;
    this.limits = {
      requests: Math.min(settings.maxRequests ?? requests, requests),
      bytes,
      queuedTokens,
      chunkTokens: queuedTokens,
      active: Number.POSITIVE_INFINITY,
    };
    this.pauses = new Pauses(desk.longestPause);
  }

  /**
   * Has requests answered by batches and yields the answers as the batches end. Batches that an earlier process created are found by the ledger (or at the provider)
   * and waited for instead of being created again. Results belong to their request by `custom_id`, in whatever order and file they come.
   */
  async *answers(requests: AsyncIterable<RewriteRequest>): AsyncIterable<RewriteAnswer> {
    const { signal } = this.desk;
    await this.gather(requests);
    this.active = (await recoverBatches(this.desk)).map((found) => ({ ...found, alone: false }));
    const sent = new Set(this.active.flatMap(({ intent }) => intent.requests));
    this.queue = [...this.wanted.values()].filter(({ customId }) => !sent.has(customId));
    try {
      while (this.queue.length > 0 || this.active.length > 0) {
        await this.takeLate();
        await this.fillQueue();
        await this.pauses.wait(signal);
        for (const entry of [...this.active]) {
          const status = await this.desk.provider.status(entry.batch, signal);
          report(entry, status, this.desk.say);
          if (status.ended) yield* this.end(entry, status);
        }
      }
    } finally {
      if (signal.aborted) this.sayWhatGoesOn();
    }
  }

  private async gather(requests: AsyncIterable<RewriteRequest>): Promise<void> {
    for await (const request of requests) {
      const customId = customIdOf(request);
      const bytes = Buffer.byteLength(this.desk.provider.line(customId, request)) + 1;
      const tokens = Math.ceil(bytes / BYTES_PER_TOKEN);
      const place = await this.scratch.add(request);
      this.wanted.set(customId, { customId, id: request.id, place, bytes, tokens, sends: 0 });
    }
  }

  private requestOf({ place }: Waiting): Promise<RewriteRequest> {
    return this.scratch.read(place);
  }

  /** Takes up batches that are listed after all, though their requests were sent again: what is under way twice goes on where it is further, and is cancelled elsewhere. */
  private async takeLate(): Promise<void> {
    for await (const late of lateBatches(this.desk)) {
      const { say, provider } = this.desk;
      const held = new Set(late.intent.requests);
      const twins = this.active.filter(({ intent }) => intent.requests.some((id) => held.has(id)));
      say(
        `${provider.facts.provider}: the batch ${late.batch} is listed after all, though its requests were sent again`,
      );
      const goesOn =
        twins.length > 0
          ? (await this.doneIn([late])) > (await this.doneIn(twins))
          : late.intent.requests.some((id) => this.wanted.has(id));
      for (const entry of goesOn ? twins : [late]) await this.cancel(entry);
      this.queue = this.queue.filter(({ customId }) => !held.has(customId));
      this.active.push({ ...late, alone: false });
    }
  }

  private async doneIn(entries: readonly Created[]): Promise<number> {
    let sum = 0;
    for (const { batch } of entries) sum += (await this.desk.provider.status(batch, this.desk.signal)).done;
    return sum;
  }

  /** Cancels a batch whose requests another holds. What it has answered meanwhile is used. */
  private async cancel(entry: Created): Promise<void> {
    const { provider, ledger, say } = this.desk;
    entry.superfluous = true;
    await ledger.append({ event: "superfluous", intent: entry.intent.id });
    await provider.cancel(entry.batch).then(
      () => say(`batch ${entry.batch}: cancelled, another batch holds its requests`),
      // One that has ended meanwhile needs no cancelling.
      (cause) => say(`batch ${entry.batch}: cannot be cancelled (${(cause as Error).message})`),
    );
  }

  /** Creates as many batches as the provider takes now. */
  private async fillQueue(): Promise<void> {
    while (this.queue.length > 0 && this.active.length < this.limits.active) {
      const chunk = nextChunk(this.queue, this.limits, this.active);
      if (chunk.length === 0) return;
      const requests = chunk.map(({ customId }) => customId);
      const tokens = chunk.reduce((sum, entry) => sum + entry.tokens, 0);
      try {
        const created = await createBatch({ requests, tokens }, this.linesOf(chunk), this.desk);
        this.active.push({ ...created, alone: this.active.length === 0 });
        this.queue = this.queue.slice(chunk.length);
      } catch (cause) {
        if (cause instanceof BatchBusy) this.limits.active = Math.max(1, this.active.length);
        else if (!(cause instanceof CreationLost)) throw cause;
        if (this.active.length === 0) this.noRoom(cause.message);
        return;
      }
    }
  }

  private async *linesOf(chunk: readonly Waiting[]): AsyncIterable<string> {
    for (const entry of chunk)
      yield `${this.desk.provider.line(entry.customId, await this.requestOf(entry))}\n`;
  }

  /** No batch can be created though none of ours is under way. Others' work may fill the queue for hours, so it is waited for, but not for ever. */
  private noRoom(reason: string): void {
    const { provider } = this.desk.provider.facts;
    this.busy += 1;
    if (this.busy > BUSY_TRIES)
      throw workError(
        `${provider}: no room for a batch after ${BUSY_TRIES} tries (${reason}); what has been answered is kept; the same command goes on`,
      );
    this.desk.say(`${provider}: no batch can be created now (${reason}); waiting`);
  }

  /** The answers of a batch that has ended. What it leaves unanswered goes back into the queue, or has been sent often enough. */
  private async *end(entry: Active, status: BatchStatus): AsyncIterable<RewriteAnswer> {
    const { batch, intent } = entry;
    const { wanted, limits, desk } = this;
    this.active.splice(this.active.indexOf(entry), 1);
    const unanswered = new Map<string, string>();
    for (const customId of intent.requests) if (wanted.has(customId)) unanswered.set(customId, status.state);
    for await (const { customId, reply } of results(entry, status, desk)) {
      const found = unanswered.has(customId) ? wanted.get(customId) : undefined;
      if (!found) continue;
      if ("again" in reply) unanswered.set(customId, reply.again);
      else {
        unanswered.delete(customId);
        wanted.delete(customId);
        yield answerTo(await this.requestOf(found), reply);
      }
    }
    const verdict = judge(status, entry);
    for (const [customId, message] of verdict.rejected) {
      const found = wanted.get(customId);
      if (!found || !unanswered.delete(customId)) continue;
      wanted.delete(customId);
      yield answerTo(await this.requestOf(found), { rejected: message });
    }
    const elsewhere = new Set(this.active.flatMap(({ intent }) => intent.requests));
    for (const [customId, why] of unanswered) {
      if (elsewhere.has(customId)) {
        unanswered.delete(customId);
        continue;
      }
      const found = wanted.get(customId)!;
      if (verdict.full === undefined && verdict.stop === undefined) found.sends += 1;
      if (found.sends < SENDS) this.queue.push(found);
      else {
        wanted.delete(customId);
        yield { request: await this.requestOf(found), outcome: givenUp(status, why) };
      }
    }
    await desk.ledger.append({ event: "settled", intent: intent.id, state: status.state });
    if (verdict.stop) throw verdict.stop(unanswered.size);
    if (unanswered.size > 0)
      desk.say(
        `batch ${batch} ${status.state}: ${unanswered.size} of ${intent.requests.length} requests are sent again`,
      );
    if (verdict.full === undefined) {
      // What a queue that others had filled took says nothing of what it takes now.
      if (this.busy > 0) {
        limits.chunkTokens = limits.queuedTokens;
        limits.active = Number.POSITIVE_INFINITY;
      }
      this.busy = 0;
      this.pauses.restart();
    } else if (!entry.alone) {
      // Others of ours that were under way have filled the queue, even if they have ended since.
      limits.active = Math.max(1, this.active.length);
      this.pauses.restart();
    } else if (intent.requests.length > 1) {
      limits.chunkTokens = Math.ceil(intent.tokens / 2);
      this.pauses.restart();
    } else this.noRoom(verdict.full);
  }

  private sayWhatGoesOn(): void {
    const batches = this.active.map(({ batch }) => batch);
    if (batches.length === 0) return;
    this.desk.say(
      `${batches.length === 1 ? "a batch goes" : `${batches.length} batches go`} on at the provider (${batches.join(", ")}): ` +
        "the same command, or rate batches resume, collects the answers; rate batches cancel stops them",
    );
  }
}

/** Says how a batch stands whenever that has changed noticeably: it may take a day. */
function report(entry: Active, status: BatchStatus, say: (line: string) => void): void {
  const { state, done, total } = status;
  const { said } = entry;
  if (said && said.state === state && done - said.done < Math.max(1, TOLD_SHARE * total)) return;
  entry.said = status;
  if (!status.ended) say(`batch ${entry.batch}: ${state}, ${done} of ${entry.intent.requests.length} done`);
}

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

/** All lines of a batch's results; they are on the disk before the first is looked at. */
async function* results(
  { intent, batch }: Created,
  status: BatchStatus,
  { provider, store, signal }: Desk,
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

/** What the end of a batch means for the requests that it leaves without an answer. */
interface Verdict {
  /** Requests that the provider rejects, and why. */
  readonly rejected: ReadonlyMap<string, string>;
  /** Why the whole batch was kept out of a full queue. */
  readonly full?: string;
  /** Why nothing more can be done. */
  readonly stop?: (unanswered: number) => Error;
}

function judge(status: BatchStatus, { batch, intent, superfluous }: Created): Verdict {
  const rejected = new Map<string, string>();
  if (superfluous) return { rejected };
  if (status.state === "cancelled" || status.state === "canceled") {
    return {
      rejected,
      stop: (unanswered) =>
        workError(
          `batch ${batch} was cancelled; what it had answered is kept; the same command sends its ${unanswered} open requests again`,
        ),
    };
  }
  const errors = status.errors ?? [];
  const full = errors.find(({ code }) => code === "token_limit_exceeded");
  if (full) return { rejected, full: full.message };
  for (const { line, code, message } of errors) {
    const customId = line === null ? undefined : intent.requests[line - 1];
    if (customId !== undefined) rejected.set(customId, `${code}: ${message}`);
  }
  const whole = errors.find(({ line }) => line === null);
  if (status.state === "failed" && rejected.size === 0)
    return {
      rejected,
      stop: () =>
        inputError(
          `batch ${batch} failed: ${whole ? `${whole.code}: ${whole.message}` : "the provider gives no reason"}; nothing of it was answered`,
        ),
    };
  return { rejected };
}

function givenUp(status: BatchStatus, why: string) {
  const reason = status.state === "expired" ? ("expired" as const) : ("failed" as const);
  return {
    status: "failed" as const,
    reason,
    detail: `no answer after ${SENDS} batches: ${why}`.slice(0, 300),
  };
}
