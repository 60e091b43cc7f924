import { createHash, randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { AppendLog } from "../../domain/rewriter.js";
import type { Budget } from "../../language-models/budget.js";
import { type BatchEvent, type BatchStore, NOT_LISTED, readLedger, surplusOf } from "./ledger.js";
import { BatchBusy, type BatchProvider, CreationLost, type Intent } from "./provider.js";

/** The first pause between two looks at a provider, in seconds; each is half as long again as the one before. */
const FIRST_PAUSE = 2;

/** Pauses between looks at a provider, in seconds. */
export class Pauses {
  private next: number;

  constructor(private readonly longest: number) {
    this.next = this.first;
  }

  private get first(): number {
    return Math.min(FIRST_PAUSE, this.longest);
  }

  /** Waits, `most` milliseconds at the longest. */
  async wait(signal: AbortSignal, most = Number.POSITIVE_INFINITY): Promise<void> {
    await sleep(Math.min(1000 * this.next, most), undefined, { signal });
    this.next = Math.min(this.longest, 1.5 * this.next);
  }

  /** Begins with short pauses again. */
  restart(): void {
    this.next = this.first;
  }
}

/** What it takes to create batches, and to find those that may have been created. */
export interface Desk {
  readonly provider: BatchProvider;
  readonly store: BatchStore;
  readonly ledger: AppendLog<BatchEvent>;
  /** Batches that the ledger knows, which belong to no other intent. */
  readonly known: Set<string>;
  /** Intents whose batch may have been created all the same, but was not listed in time. */
  readonly unlisted: Set<Intent>;
  /** So long after its creation was begun a batch is looked for. */
  readonly searchSeconds: number;
  /** The longest time between two looks, in seconds. */
  readonly longestPause: number;
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
  /** The account of those who answer. */
  readonly budget: Budget | undefined;
}

/** A batch at the provider, and what it was created for. */
export interface Created {
  readonly intent: Intent;
  readonly batch: string;
  /** Whether it was cancelled by ourselves, since another batch holds its requests. */
  superfluous: boolean;
  /** Requests that others had answered when an earlier process began to use its answers; null where none did. */
  readonly unwanted: readonly string[] | null;
}

/**
 * Creates the batch of `requests`, whose lines are those of its input. Throws `BatchBusy` when the provider has no room for it, `CreationLost` when its creation was answered by nobody and left
 * nothing that could be found in time.
 */
export async function createBatch(
  requests: Pick<Intent, "requests" | "tokens">,
  lines: AsyncIterable<string>,
  desk: Desk,
): Promise<Created> {
  const { provider, store, ledger, signal } = desk;
  const id = randomUUID();
  const hash = createHash("sha256");
  const hashed = async function* () {
    for await (const line of lines) {
      hash.update(line);
      yield line;
    }
  };
  const input = await store.save(`${id}_input.jsonl`, hashed());
  const intent: Intent = { id, sha256: hash.digest("hex"), at: new Date().toISOString(), ...requests };
  await ledger.append({ event: "intent", ...intent });
  try {
    const creating = async (file: string | null) => {
      await ledger.append({ event: "creating", intent: id, file, at: new Date().toISOString() });
    };
    const batch = await provider.create(intent, input, creating, signal).catch((cause) => {
      if (cause instanceof CreationLost) return findLost(intent, cause, desk);
      throw cause;
    });
    desk.known.add(batch);
    await ledger.append({ event: "created", intent: id, batch });
    return { intent, batch, superfluous: false, unwanted: null };
  } catch (cause) {
    if (cause instanceof BatchBusy)
      await ledger.append({ event: "settled", intent: id, state: "not created" });
    if (cause instanceof CreationLost) await giveUp(intent, desk);
    throw cause;
  }
}

/** Takes a batch for never created, though it may be listed yet: only one that carries its intent's name would then be known for sure. */
async function giveUp(intent: Intent, { provider, ledger, unlisted }: Desk): Promise<void> {
  await ledger.append({
    event: "settled",
    intent: intent.id,
    state: provider.marksBatches ? NOT_LISTED : "not created",
  });
  if (provider.marksBatches) unlisted.add(intent);
}

/** A batch is never created again blindly: it would be paid twice. */
async function findLost(intent: Intent, lost: CreationLost, desk: Desk): Promise<string> {
  desk.say(
    `${desk.provider.facts.provider}: the answer to a batch's creation was lost (${lost.message}); looking for the batch`,
  );
  const found = await searchFor(intent, Date.now(), desk);
  if (found !== null) return found;
  throw new CreationLost(
    `${lost.message}; none that was created is listed after ${desk.searchSeconds} seconds`,
  );
}

/** The batch that may have been created for an intent since `begun`; null when the provider does not list it in time. */
async function searchFor(intent: Intent, begun: number, desk: Desk): Promise<string | null> {
  const { provider, known, signal } = desk;
  const end = begun + 1000 * desk.searchSeconds;
  const pauses = new Pauses(desk.longestPause);
  for (;;) {
    const now = Date.now();
    const found = await provider.find(intent, known, signal);
    if (found !== null || now >= end) return found;
    await pauses.wait(signal, end - now);
  }
}

/** Batches that are listed after all, though they had been given up. The ledger counts each as created when it is taken. */
export async function* lateBatches(desk: Desk): AsyncIterable<Created> {
  for (const intent of desk.unlisted) {
    const batch = await desk.provider.find(intent, desk.known, desk.signal);
    if (batch === null) continue;
    yield { intent, batch, superfluous: false, unwanted: null };
    desk.unlisted.delete(intent);
    desk.known.add(batch);
    await desk.ledger.append({ event: "created", intent: intent.id, batch });
  }
}

/** The batches that are not settled yet, those included that were created just before a crash. */
export async function recoverBatches(desk: Desk): Promise<Created[]> {
  const { provider, ledger, known, unlisted, say } = desk;
  const state = await readLedger(ledger.entries());
  if (!state.provider) await ledger.append({ event: "provider", ...provider.facts });
  for (const { batch } of state.batches) if (batch !== null) known.add(batch);
  for (const usage of surplusOf(state.batches)) desk.budget?.add({ usage });
  const recovered: Created[] = [];
  for (const { intent, begun, batch, superfluous, unwanted, settled } of state.batches) {
    if (settled === NOT_LISTED) unlisted.add(intent);
    if (settled !== null) continue;
    let found = batch;
    if (batch === null && begun !== null) {
      say(`${provider.facts.provider}: broken off while a batch was created; looking for the batch`);
      found = await searchFor(intent, Date.parse(begun), desk);
    }
    if (found === null) {
      if (begun !== null) await giveUp(intent, desk);
      else await ledger.append({ event: "settled", intent: intent.id, state: "not created" });
      continue;
    }
    known.add(found);
    if (batch === null) await ledger.append({ event: "created", intent: intent.id, batch: found });
    recovered.push({ intent, batch: found, superfluous, unwanted });
  }
  return recovered;
}
