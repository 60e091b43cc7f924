import { workError } from "../../domain/errors.js";
import type { RewriteAnswer, RewriteRequest } from "../../domain/rewriter.js";
import { answerTo } from "../answers/answers.js";
import { type Active, givenUp, goesOnText, leftOpen, report, SENDS, type Stuck } from "./active.js";
import { type Created, createBatch, type Desk, lateBatches, Pauses, recoverBatches } from "./creation.js";
import { addTo, type Scratch, type Surplus } from "./ledger.js";
import { BatchBusy, type BatchReply, type BatchStatus, CreationLost } from "./provider.js";
import {
  customIdOf,
  type LimitSettings,
  type Limits,
  limitsOf,
  nextChunk,
  type Waiting,
} from "./requests.js";
import { fetchResults, firstReplies } from "./results.js";
import { settle, type Tally } from "./settle.js";
import { verdictOf } from "./verdict.js";

/** So often, at least, results are fetched before they are taken to stay as they are. */
const LEAST_LOOKS = 4;
/** So often a full queue is waited for before it is given up, about an hour at the longest pause. */
const BUSY_TRIES = 60;
/** Bytes of English text in a token, cautiously: only for the limit of queued tokens, never for a bill. */
const BYTES_PER_TOKEN = 3;
/** A round of requests on its way through batches. */
export class Round {
  private readonly wanted = new Map<string, Waiting>();
  /** Those of them that are in no batch. */
  private queue: Waiting[] = [];
  private active: Active[] = [];
  /** Batches whose results do not account for them, and why: they stay open. */
  private readonly stuck: Stuck[] = [];
  private readonly limits: Limits;
  private readonly pauses: Pauses;
  /** How often in a row no batch could be created though none of ours was under way. */
  private busy = 0;

  constructor(
    private readonly desk: Desk,
    private readonly scratch: Scratch,
    settings: LimitSettings,
  ) {
    this.limits = limitsOf(desk.provider.limits, settings);
    this.pauses = new Pauses(desk.longestPause);
  }

  /**
   * Has requests answered by batches and yields the answers as the batches end. Batches that an earlier process created
   * are found by the ledger (or at the provider) and waited for instead of being created again. Results belong to their
   * request by `custom_id`, in whatever order and file they come. Throws when nothing more can be done, or when a batch
   * stays open since its results do not account for it.
   */
  async *answers(requests: AsyncIterable<RewriteRequest>): AsyncIterable<RewriteAnswer> {
    const { signal } = this.desk;
    await this.gather(requests);
    this.active = (await recoverBatches(this.desk)).map((found) => ({ ...found, alone: false }));
    await this.setMoneyAside();
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
    } catch (cause) {
      const open = [...this.stuck, ...this.active].map(({ batch }) => batch);
      if (open.length > 0) this.desk.say(goesOnText(open));
      throw cause;
    }
    if (this.stuck.length > 0) throw leftOpen(this.stuck);
  }

  private async gather(requests: AsyncIterable<RewriteRequest>): Promise<void> {
    for await (const request of requests) {
      const customId = customIdOf(request);
      const bytes = Buffer.byteLength(this.desk.provider.line(customId, request)) + 1;
      const tokens = Math.ceil(bytes / BYTES_PER_TOKEN);
      const place = await this.scratch.add(request);
      this.wanted.set(customId, { customId, id: request.id, place, bytes, tokens, sends: 0, free });
    }
  }

  /** What is with the provider will be billed; what is to be sent must fit into the limit, as a whole. */
  private async setMoneyAside(): Promise<void> {
    const { budget } = this.desk;
    const sent = new Set(this.active.flatMap(({ intent }) => intent.requests));
    this.queue = [...this.wanted.values()].filter(({ customId }) => !sent.has(customId));
    if (!budget) return;
    for (const entry of this.wanted.values())
      if (sent.has(entry.customId)) entry.free = budget.hold([(await this.requestOf(entry)).prompt]);
    for (const entry of this.queue) entry.free = budget.reserve([(await this.requestOf(entry)).prompt]);
  }

  private requestOf({ place }: Waiting): Promise<RewriteRequest> {
    return this.scratch.read(place);
  }

  /**
   * Takes up batches that are listed after all, though their requests were sent again: what is under way twice goes on
   * where it is further, and is cancelled elsewhere.
   */
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
    const { provider, ledger, say, signal } = this.desk;
    entry.superfluous = true;
    await ledger.append({ event: "superfluous", intent: entry.intent.id });
    await provider.cancel(entry.batch, signal).then(
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
        else if (cause instanceof CreationLost) await this.reserveAgain(chunk);
        else throw cause;
        if (this.active.length === 0) this.noRoom(cause.message);
        return;
      }
    }
  }

  /** A batch that may have been created all the same may be billed too: sending its requests again needs its money again. */
  private async reserveAgain(chunk: readonly Waiting[]): Promise<void> {
    const { budget } = this.desk;
    if (!budget) return;
    for (const entry of chunk) {
      const [before, again] = [entry.free, budget.reserve([(await this.requestOf(entry)).prompt])];
      entry.free = () => {
        before();
        again();
      };
    }
  }

  private async *linesOf(chunk: readonly Waiting[]): AsyncIterable<string> {
    for (const entry of chunk)
      yield `${this.desk.provider.line(entry.customId, await this.requestOf(entry))}\n`;
  }

  /**
   * No batch can be created though none of ours is under way. Others' work may fill the queue for hours, so it is waited
   * for, but not for ever.
   */
  private noRoom(reason: string): void {
    const { provider } = this.desk.provider.facts;
    this.busy += 1;
    if (this.busy > BUSY_TRIES)
      throw workError(
        `${provider}: no room for a batch after ${BUSY_TRIES} tries (${reason}); what has been answered is kept; the same command goes on`,
      );
    this.desk.say(`${provider}: no batch can be created now (${reason}); waiting`);
  }

  /** A batch that has ended: its answers, once its results account for it, or when they never will. */
  private async *end(entry: Active, status: BatchStatus): AsyncIterable<RewriteAnswer> {
    const { paths, tally } = await fetchResults(entry, status, this.desk);
    const settlement = settle(status, tally, this.isLastLook(entry));
    if (settlement.settled === false && !this.isLastLook(entry)) return this.lookAgain(entry, settlement.why);
    this.active.splice(this.active.indexOf(entry), 1);
    if (settlement.settled === "not ours") return this.giveBack(entry);
    const unwanted = new Set(entry.unwanted ?? entry.intent.requests.filter((id) => !this.wanted.has(id)));
    if (entry.unwanted === null)
      await this.desk.ledger.append({ event: "ending", intent: entry.intent.id, unwanted: [...unwanted] });
    const surplus = { answers: 0, promptTokens: 0, completionTokens: 0 };
    for await (const [customId, reply] of firstReplies(paths, tally, settlement, this.desk)) {
      const found = this.wanted.get(customId);
      // What cannot be read and says nothing of its bill waits until the bill of the whole batch is known.
      const waits = settlement.settled === false && "unreadable" in reply && !reply.usage;
      if (found && !("again" in reply) && !waits) yield await this.take(found, reply);
      else if (unwanted.has(customId)) addTo(surplus, reply);
    }
    if (settlement.settled === false && !entry.superfluous) {
      this.stuck.push({ batch: entry.batch, why: settlement.why });
      const elsewhere = this.heldElsewhere();
      for (const customId of entry.intent.requests)
        if (!elsewhere.has(customId)) this.wanted.delete(customId);
      return;
    }
    yield* this.close(entry, status, tally, surplus);
  }

  private isLastLook({ unsettled }: Active): boolean {
    if (!unsettled) return false;
    const waited = Date.now() - unsettled.since;
    return unsettled.looks >= LEAST_LOOKS && waited >= 1000 * this.desk.searchSeconds;
  }

  private lookAgain(entry: Active, why: string): void {
    const { since = Date.now(), looks = 0 } = entry.unsettled ?? {};
    if (looks === 0) {
      this.desk.say(`batch ${entry.batch}: has ended, but ${why}; looking again`);
      this.pauses.restart();
    }
    entry.unsettled = { since, looks: looks + 1 };
  }

  /** A batch that was taken for ours by its size alone: its requests are sent. */
  private async giveBack({ batch, intent }: Active): Promise<void> {
    const { ledger, say, provider } = this.desk;
    await ledger.append({ event: "settled", intent: intent.id, state: "not ours" });
    say(`${provider.facts.provider}: the batch ${batch} holds other requests; ours are sent`);
    const elsewhere = this.heldElsewhere();
    for (const customId of intent.requests) {
      const found = this.wanted.get(customId);
      if (found && !elsewhere.has(customId)) this.queue.push(found);
    }
  }

  /** The requests that are in a batch under way, or wait to be sent. */
  private heldElsewhere(): Set<string> {
    return new Set([
      ...this.active.flatMap(({ intent }) => intent.requests),
      ...this.queue.map(({ customId }) => customId),
    ]);
  }

  /** The answer to a request, with its bill: counted as soon as the answer is added to the account. */
  private async take(found: Waiting, reply: Exclude<BatchReply, { again: string }>): Promise<RewriteAnswer> {
    this.wanted.delete(found.customId);
    const request = await this.requestOf(found);
    const { budget } = this.desk;
    let answer: RewriteAnswer;
    if ("unreadable" in reply) {
      const usage = reply.usage ?? budget?.assume(request.prompt);
      const detail = `answered and billed, but ${reply.unreadable}`.slice(0, 300);
      answer = {
        request,
        outcome: { status: "failed", reason: "unreadable", detail },
        ...(usage && { usage }),
      };
    } else answer = answerTo(request, reply);
    budget?.learn(request.prompt, "unreadable" in reply ? undefined : answer.usage);
    budget?.holdUntilAdded(answer, found.free);
    return answer;
  }

  /** A batch that is accounted for. What it leaves unanswered goes back into the queue, or has been sent often enough. */
  private async *close(
    entry: Active,
    status: BatchStatus,
    tally: Tally,
    surplus: Surplus,
  ): AsyncIterable<RewriteAnswer> {
    const { batch, intent } = entry;
    const { wanted, limits, desk } = this;
    const verdict = verdictOf(status, entry);
    for (const [customId, message] of verdict.rejected) {
      const found = wanted.get(customId);
      if (found) yield await this.take(found, { rejected: message });
    }
    const elsewhere = this.heldElsewhere();
    let again = 0;
    for (const customId of intent.requests) {
      const found = wanted.get(customId);
      if (!found || elsewhere.has(customId)) continue;
      again += 1;
      if (verdict.full === undefined && verdict.stop === undefined) found.sends += 1;
      if (found.sends < SENDS) this.queue.push(found);
      else {
        wanted.delete(customId);
        const why = tally.reasons.get(customId) ?? status.state;
        const answer = { request: await this.requestOf(found), outcome: givenUp(status, why) };
        desk.budget?.holdUntilAdded(answer, found.free);
        yield answer;
      }
    }
    const used = surplus.answers > 0 ? { surplus } : {};
    await desk.ledger.append({ event: "settled", intent: intent.id, state: status.state, ...used });
    if (surplus.answers > 0) desk.budget?.add({ usage: surplus });
    if (verdict.stop) throw verdict.stop(again);
    if (again > 0)
      desk.say(
        `batch ${batch} ${status.state}: ${again} of ${intent.requests.length} requests are sent again`,
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
}

const free = () => undefined;
