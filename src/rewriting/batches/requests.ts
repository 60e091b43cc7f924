import { createHash } from "node:crypto";
import { inputError } from "../../domain/errors.js";
import type { ExampleId } from "../../domain/example.js";
import type { Place, RewriteRequest } from "../../domain/rewriter.js";
import type { Created } from "./creation.js";

/** The name of a request in a batch: decided by its content, so that an answer can belong to no other request. */
export function customIdOf({ id, step, attempt, prompt }: RewriteRequest): string {
  return createHash("sha256")
    .update(JSON.stringify([step, attempt, id, prompt]))
    .digest("hex")
    .slice(0, 40);
}

/** A request that has no answer yet. */
export interface Waiting {
  readonly customId: string;
  readonly id: ExampleId;
  /** Of the request, in the scratch file. */
  readonly place: Place;
  /** Of the line that is sent, its end included. */
  readonly bytes: number;
  readonly tokens: number;
  sends: number;
  /** Gives back the money that is set aside for its answer. */
  free: () => void;
}

/** What may be sent. */
export interface Limits {
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

/** What a user limits, below the provider's own limits. */
export interface LimitSettings {
  readonly maxRequests?: number | undefined;
  readonly maxQueuedTokens?: number | undefined;
}

/** What may be sent at the beginning. */
export function limitsOf(
  { requests, bytes }: { readonly requests: number; readonly bytes: number },
  { maxRequests = requests, maxQueuedTokens = Number.POSITIVE_INFINITY }: LimitSettings,
): Limits {
  return {
    requests: Math.min(maxRequests, requests),
    bytes,
    queuedTokens: maxQueuedTokens,
    chunkTokens: maxQueuedTokens,
    active: Number.POSITIVE_INFINITY,
  };
}

/** The first requests of the queue that fit into a batch, and beside those under way. */
export function nextChunk(
  queue: readonly Waiting[],
  limits: Limits,
  active: readonly Pick<Created, "intent">[],
): Waiting[] {
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
