/** What is on the disk of a run's batches. */

import type { AppendLog, Place, RewriteRequest } from "../../domain/rewriter.js";
import type { Intent, ProviderFacts } from "./provider.js";

/** A step in the life of a batch. Written before or right after it is taken, so that a crash at any point loses and doubles nothing. */
export type BatchEvent =
  | ({ readonly event: "provider" } & ProviderFacts)
  | ({ readonly event: "intent" } & Intent)
  | { readonly event: "creating"; readonly intent: string; readonly file: string | null; readonly at: string }
  | { readonly event: "created"; readonly intent: string; readonly batch: string }
  | { readonly event: "settled"; readonly intent: string; readonly state: string };

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
