/** The boundary to anything that rewrites. */

import type { ExampleId } from "./example.js";

/** Rewriters by the names that configurations use. */
export const REWRITERS = ["builtin", "openai", "openai-batch", "anthropic-batch"] as const;
export type RewriterName = (typeof REWRITERS)[number];

/** Which rewrite of an example: Re(y, 1 − w), Re(Re(y, 1 − w), w), the rewrite of that towards 1 − w, or the placebo, which leaves W as it is. */
export const REWRITE_STEPS = ["rewrite", "rewriteOfRewrite", "thirdRewrite", "placebo"] as const;
export type RewriteStep = (typeof REWRITE_STEPS)[number];

/** One rewrite to be made. */
export interface RewriteRequest {
  readonly id: ExampleId;
  readonly step: RewriteStep;
  /** 0 for the first try; a bad answer is asked for again with the next number. */
  readonly attempt: number;
  /** The text to rewrite. */
  readonly text: string;
  /** The value of W that the rewrite is to have. */
  readonly target: boolean;
  /** The whole prompt for a language model, text and target filled in. */
  readonly prompt: string;
}

/** Why there is no usable text. */
export const REWRITE_FAILURES = [
  "refused",
  "empty",
  "cut_off",
  "unchanged",
  "wrapped",
  "reasoning",
  "length_far_off",
  "other_language",
  "unrelated",
  "repeated",
  "expired",
  "cancelled",
  "unreadable",
  "rejected",
  "failed",
] as const;
export type RewriteFailure = (typeof REWRITE_FAILURES)[number];

export interface TokenUsage {
  readonly promptTokens: number;
  readonly completionTokens: number;
}

/** What came back for one request; a missing rewrite can never be mistaken for text. */
export type RewriteOutcome =
  | { readonly status: "ok"; readonly text: string }
  | { readonly status: "failed"; readonly reason: RewriteFailure; readonly detail: string };

export interface RewriteAnswer {
  readonly request: RewriteRequest;
  readonly outcome: RewriteOutcome;
  /** What the model said, where it is no usable text. */
  readonly text?: string | null;
  /** What the server has put beside the text as the model's thoughts. */
  readonly reasoning?: string;
  /** The model's own account of the answer, kept as it came; absent for the built-in rewriter. */
  readonly finishReason?: string;
  readonly model?: string;
  readonly usage?: TokenUsage;
  /** Whether the answer was at hand from an earlier run, and so was not paid for by this one. */
  readonly reused?: boolean;
}

/** Where an entry of a log stands, in bytes. */
export interface Place {
  readonly at: number;
  readonly length: number;
}

/** An append-only record that survives the process, and keeps out of memory what it holds. */
export interface AppendLog<Entry> {
  /** All entries, the oldest first. */
  entries(): AsyncIterable<Entry>;
  /** The same with their places. */
  placed(): AsyncIterable<[entry: Entry, place: Place]>;
  /** An entry again. */
  read(place: Place): Promise<Entry>;
  /** Resolves when the entry is on the disk. */
  append(entry: Entry): Promise<Place>;
  close(): Promise<void>;
}

/**
 * A rewriter. One that answers each request by itself (`each`) lets an example's second rewrite start when its first is there;
 * one that answers in bulk (`bulk`) is given all the requests of a round as a stream and yields an answer to each, in any order.
 * Both throw only when no further work makes sense (bad key, unknown model); a request that fails is an answer.
 */
export type Rewriter = {
  /** Name for files and messages, for example `builtin` or `openai-batch`. */
  readonly name: string;
  /** Facts for the template file: model, parameters, endpoint, version. Never a key. */
  readonly facts: Readonly<Record<string, unknown>>;
  /** Who is asked, and how: all that decides a paid answer besides prompt and attempt. Null when no one is asked. */
  readonly paid: Readonly<Record<string, unknown>> | null;
} & (
  | {
      readonly kind: "each";
      readonly concurrency: number;
      /** After the signal aborts nothing new is asked; what is under way has been paid for and gets time to arrive. */
      rewrite(request: RewriteRequest, signal: AbortSignal): Promise<RewriteAnswer>;
    }
  | {
      readonly kind: "bulk";
      rewriteAll(requests: AsyncIterable<RewriteRequest>, signal: AbortSignal): AsyncIterable<RewriteAnswer>;
    }
);
