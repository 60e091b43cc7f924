/** The boundary to a provider's batch API. */

import { inputError } from "../../domain/errors.js";
import type { RewriteRequest, TokenUsage } from "../../domain/rewriter.js";
import type { ChatSettings } from "../../language-models/chat-settings.js";
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

/** A file of results at the provider. */
export interface ResultFile {
  readonly name: string;
  /** What its lines are, where the provider keeps answers and errors apart. */
  readonly holds: "answers" | "errors" | "both";
}

/** How a batch stands. */
export interface BatchStatus {
  /** The provider's own word. */
  readonly state: string;
  readonly ended: boolean;
  /** Requests that have come to an end, whichever. */
  readonly done: number;
  /** Of all requests, how many were answered, and so are billed, and how many failed; null where the provider does not say. */
  readonly counts: { readonly total: number; readonly answered: number; readonly failed: number } | null;
  /** What the answers are billed in all, where the provider says so. */
  readonly usage?: TokenUsage;
  /** Why it did not run, as a whole or line by line. */
  readonly errors?: readonly {
    readonly code: string;
    readonly message: string;
    readonly line: number | null;
  }[];
  /** Files of results: they may be there in any final state, and may be named late. */
  readonly results: readonly ResultFile[];
}

/** What a line of results says of its request. */
export type BatchReply =
  | ChatAnswer
  /** Rejected for its own sake, and not billed. */
  | { readonly rejected: string }
  /** Failed for the provider's sake, and not billed: it can be sent again. */
  | { readonly again: string }
  /** Answered and billed, but not in the form of an answer. */
  | Unreadable;

/** An answer that cannot be used, though it is billed. */
export interface Unreadable {
  readonly unreadable: string;
  readonly usage?: TokenUsage;
}

/** A line of results that names its request. */
export interface BatchLine {
  readonly customId: string;
  readonly reply: BatchReply;
}

/** A line that does not even name its request, and what is wrong with it. */
export interface BadLine {
  readonly fault: string;
}

/** How a provider is reached. */
export interface BatchAccess extends Omit<ChatSettings, "concurrency"> {
  /** Whether a failed call is tried again; it is where absent. */
  readonly patient?: boolean | undefined;
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
  download(batch: string, result: ResultFile, signal: AbortSignal): AsyncIterable<string>;
  parse(line: string, holds: ResultFile["holds"]): BatchLine | BadLine;
  cancel(batch: string, signal?: AbortSignal): Promise<void>;
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
