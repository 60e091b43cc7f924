/** The boundary to a provider's batch API. */

import { inputError } from "../../domain/errors.js";
import type { RewriteRequest } from "../../domain/rewriter.js";
import { redact } from "../../language-models/api.js";
import type { ChatAnswer } from "../../language-models/completion.js";

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
  /** Whether a batch carries the name of its intent, so that one that is found is surely ours. */
  readonly marksBatches: boolean;
  /** The batch that was created for an intent; null when the provider lists none, which it may do late. `known` are those of other intents. */
  find(intent: Intent, known: ReadonlySet<string>, signal: AbortSignal): Promise<string | null>;
  status(batch: string, signal: AbortSignal): Promise<BatchStatus>;
  /** The lines of one of the results. */
  download(batch: string, result: string, signal: AbortSignal): AsyncIterable<string>;
  parse(line: string): BatchLine | null;
  cancel(batch: string): Promise<void>;
}

/** A line of results as it may be kept: what a provider says of a failed request may quote the key. An answer is kept as it came. */
export function withoutKey(line: string, key: string, parse: BatchProvider["parse"]): string {
  if (!line.includes(key)) return line;
  const reply = parse(line)?.reply;
  return reply && "text" in reply ? line : redact(line, key);
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
