/** What is on the disk of a run's batches. */

import type { AppendLog, Place, RewriteRequest, TokenUsage } from "../../domain/rewriter.js";
import type { BatchReply, Intent, ProviderFacts } from "./provider.js";

/** A step in the life of a batch. Written before or right after it is taken, so that a crash at any point loses and doubles nothing. */
export type BatchEvent =
  | ({ readonly event: "provider" } & ProviderFacts)
  | ({ readonly event: "intent" } & Intent)
  | { readonly event: "creating"; readonly intent: string; readonly file: string | null; readonly at: string }
  | { readonly event: "created"; readonly intent: string; readonly batch: string }
  | { readonly event: "superfluous"; readonly intent: string }
  /** Its answers are about to be used, but for those of requests that others have answered. */
  | { readonly event: "ending"; readonly intent: string; readonly unwanted: readonly string[] }
  | {
      readonly event: "settled";
      readonly intent: string;
      readonly state: string;
      /** What was billed for its unwanted answers. */
      readonly surplus?: Surplus;
    };

/** Answers that are billed though nobody needs them. */
export interface Surplus extends TokenUsage {
  readonly answers: number;
}

/** The state of an intent whose batch may have been created, but was not listed when it was looked for. It may be found yet. */
export const NOT_LISTED = "not listed";

/** What the ledger knows of a batch. */
export interface LedgerEntry {
  readonly intent: Intent;
  /** When its creation was asked for; null when it cannot have been. */
  readonly begun: string | null;
  readonly batch: string | null;
  /** Whether it was cancelled by ourselves, since another batch holds its requests. */
  readonly superfluous: boolean;
  /** Requests that others had answered when its own answers came; null before that. */
  readonly unwanted: readonly string[] | null;
  /** How it ended. */
  readonly settled: string | null;
  readonly surplus: Surplus | null;
}

/** What the ledger knows. */
export interface LedgerState {
  readonly provider: ProviderFacts | null;
  readonly batches: readonly LedgerEntry[];
}

/** Reads a ledger to its end. */
export async function readLedger(events: AsyncIterable<BatchEvent>): Promise<LedgerState> {
  let provider: ProviderFacts | null = null;
  const batches = new Map<string, LedgerEntry>();
  for await (const event of events) {
    if (event.event === "provider") provider = event;
    else if (event.event === "intent")
      batches.set(event.id, {
        intent: event,
        begun: null,
        batch: null,
        superfluous: false,
        unwanted: null,
        settled: null,
        surplus: null,
      });
    else {
      const found = batches.get(event.intent);
      if (found) batches.set(event.intent, { ...found, ...changeBy(event) });
    }
  }
  return { provider, batches: [...batches.values()] };
}

function changeBy(event: Exclude<BatchEvent, { event: "provider" | "intent" }>): Partial<LedgerEntry> {
  if (event.event === "creating") return { begun: event.at };
  // One that was found late had been settled as not listed.
  if (event.event === "created") return { batch: event.batch, settled: null };
  if (event.event === "superfluous") return { superfluous: true };
  if (event.event === "ending") return { unwanted: event.unwanted };
  return { settled: event.state, surplus: event.surplus ?? null };
}

/** What was billed for answers that nobody needed. */
export function surplusOf(batches: readonly LedgerEntry[]): Surplus[] {
  return batches.flatMap(({ surplus }) => surplus ?? []);
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

/** Adds an answer that nobody needs; what is not billed does not count. */
export function addTo(surplus: { -readonly [Key in keyof Surplus]: Surplus[Key] }, reply: BatchReply): void {
  if ("again" in reply || "rejected" in reply) return;
  surplus.answers += 1;
  surplus.promptTokens += reply.usage?.promptTokens ?? 0;
  surplus.completionTokens += reply.usage?.completionTokens ?? 0;
}
