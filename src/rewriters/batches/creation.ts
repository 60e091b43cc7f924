import { createHash, randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { AppendLog } from "../../domain/rewriter.js";
import { type BatchEvent, type BatchStore, readLedger } from "./ledger.js";
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
  /** So long after its creation was begun a batch is looked for. */
  readonly searchSeconds: number;
  /** The longest time between two looks, in seconds. */
  readonly longestPause: number;
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
}

/** A batch at the provider, and what it was created for. */
export interface Created {
  readonly intent: Intent;
  readonly batch: string;
}

/**
 * Creates the batch of `requests`, whose lines are those of its input. Throws `BatchBusy` when the provider has no room for it, or when its creation failed and left nothing that could be
 * found.
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
    return { intent, batch };
  } catch (cause) {
    if (cause instanceof BatchBusy)
      await ledger.append({ event: "settled", intent: id, state: "not created" });
    throw cause;
  }
}

/** A batch is never created again blindly: it would be paid twice. */
async function findLost(intent: Intent, { message }: CreationLost, desk: Desk): Promise<string> {
  desk.say(
    `${desk.provider.facts.provider}: the answer to a batch's creation was lost (${message}); looking for the batch`,
  );
  const found = await searchFor(intent, Date.now(), desk);
  if (found !== null) return found;
  throw new BatchBusy(`${message}; none that was created is listed after ${desk.searchSeconds} seconds`);
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

/** The batches that are not settled yet, those included that were created just before a crash. */
export async function recoverBatches(desk: Desk): Promise<Created[]> {
  const { provider, ledger, known, say } = desk;
  const state = await readLedger(ledger.entries());
  if (!state.provider) await ledger.append({ event: "provider", ...provider.facts });
  for (const { batch } of state.batches) if (batch !== null) known.add(batch);
  const recovered: Created[] = [];
  for (const { intent, begun, batch, settled } of state.batches) {
    if (settled !== null) continue;
    let found = batch;
    if (batch === null && begun !== null) {
      say(`${provider.facts.provider}: broken off while a batch was created; looking for the batch`);
      found = await searchFor(intent, Date.parse(begun), desk);
    }
    if (found === null) {
      await ledger.append({ event: "settled", intent: intent.id, state: "not created" });
      continue;
    }
    known.add(found);
    if (batch === null) await ledger.append({ event: "created", intent: intent.id, batch: found });
    recovered.push({ intent, batch: found });
  }
  return recovered;
}
