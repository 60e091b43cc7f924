import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import type Anthropic from "@anthropic-ai/sdk";
import { inputError, workError } from "../../domain/errors.js";
import type { Rewriter } from "../../domain/rewriter.js";
import { redact } from "../../language-models/api.js";
import { type ChatSettings, chatFacts, requireKey } from "../../language-models/chat-settings.js";
import { loadOptional } from "../../storage/package/optional.js";
import type { BatchStore } from "../batches/ledger.js";
import {
  type BatchLine,
  type BatchProvider,
  type BatchStatus,
  failedCreation,
  unknownThing,
  withoutKey,
} from "../batches/provider.js";
import { type BatchSettings, batchRewriter } from "../batches/run.js";

const RETRIES = 8;
/** The API wants a limit; this one is far beyond any rewrite of a text that fits into a prompt of a few pages. */
const MAX_TOKENS = 8192;
const CLOCK_SKEW_MS = 5 * 60 * 1000;

/** Rewrites in bulk by Anthropic's Message Batches API. */
export function openAnthropicBatch(
  settings: ChatSettings,
  store: BatchStore,
  batch: BatchSettings,
): Rewriter {
  const given = { ...settings, maxCompletionTokens: settings.maxCompletionTokens ?? MAX_TOKENS };
  return batchRewriter(anthropicBatches(given), "anthropic", chatFacts(given), store, batch);
}

/** Anthropic's Message Batches API. Throws when the key is missing. */
export function anthropicBatches(settings: Omit<ChatSettings, "concurrency">): BatchProvider {
  const apiKey = requireKey("ANTHROPIC_API_KEY", settings.apiKey, settings.baseUrl);
  let client: Promise<Anthropic> | null = null;
  const call = async <Result>(
    perform: (client: Anthropic) => Promise<Result>,
    signal?: AbortSignal,
    thing = "the address of batches",
  ) => {
    try {
      client ??= connect({ ...settings, apiKey });
      return await perform(await client);
    } catch (cause) {
      signal?.throwIfAborted();
      throw await explain(cause, { ...settings, apiKey }, thing);
    }
  };
  return {
    facts: { provider: "anthropic-batch", baseUrl: settings.baseUrl ?? null, model: settings.model },
    limits: { requests: 100_000, bytes: 250_000_000 },
    marksBatches: false,
    line: (customId, { prompt }) =>
      JSON.stringify({
        custom_id: customId,
        params: {
          model: settings.model,
          max_tokens: settings.maxCompletionTokens ?? MAX_TOKENS,
          ...(settings.temperature !== undefined && { temperature: settings.temperature }),
          messages: [{ role: "user", content: prompt }],
        },
      }),
    create: (_, input, creating, signal) =>
      call(async (api) => {
        const requests: Anthropic.Messages.BatchCreateParams.Request[] = [];
        for await (const line of createInterface({ input: createReadStream(input) }))
          requests.push(JSON.parse(line));
        await creating(null);
        // Not sent a second time: it might create a second batch.
        const created = await api.messages.batches
          .create({ requests }, { signal, maxRetries: 0 })
          .catch((cause) => {
            signal.throwIfAborted();
            const { status, message } = cause as { status?: number; message: string };
            throw failedCreation(status ?? null, redact(message, apiKey)) ?? cause;
          });
        return created.id;
      }, signal),
    find: (intent, known, signal) =>
      call((api) => findByCount(api, intent.at, intent.requests.length, known, signal), signal),
    status: (id, signal) =>
      call(
        async (api) => statusOf(await api.messages.batches.retrieve(id, {}, { signal })),
        signal,
        `the batch ${id}`,
      ),
    async *download(id, _, signal) {
      const perform = (api: Anthropic) => api.messages.batches.results(id, {}, { signal });
      const lines = await call(perform, signal, `the results of the batch ${id}`);
      for await (const line of lines) yield withoutKey(JSON.stringify(line), apiKey, parseLine);
    },
    parse: parseLine,
    cancel: (id) =>
      call(
        async (api) => {
          await api.messages.batches.cancel(id);
        },
        undefined,
        `the batch ${id}`,
      ),
  };
}

async function connect({
  apiKey,
  baseUrl,
}: {
  apiKey: string;
  baseUrl?: string | undefined;
}): Promise<Anthropic> {
  const { Anthropic } = await loadOptional(
    "The rewriter anthropic-batch needs",
    ["@anthropic-ai/sdk"],
    () => import("@anthropic-ai/sdk"),
  );
  return new Anthropic({
    apiKey,
    ...(baseUrl !== undefined && { baseURL: baseUrl }),
    maxRetries: RETRIES,
    logLevel: "off",
  });
}

/**
 * These batches carry no name of ours: one that was created after the intent, holds as many requests and is not known yet is taken for it. Should it be another's, none
 * of its answers fits, and the requests are sent anew.
 */
async function findByCount(
  api: Anthropic,
  since: string,
  count: number,
  known: ReadonlySet<string>,
  signal: AbortSignal,
): Promise<string | null> {
  const earliest = Date.parse(since) - CLOCK_SKEW_MS;
  for await (const batch of api.messages.batches.list({ limit: 100 }, { signal })) {
    if (Date.parse(batch.created_at) < earliest) break;
    const { processing, succeeded, errored, canceled, expired } = batch.request_counts;
    if (!known.has(batch.id) && processing + succeeded + errored + canceled + expired === count)
      return batch.id;
  }
  return null;
}

function statusOf(batch: Anthropic.Messages.MessageBatch): BatchStatus {
  const { processing, succeeded, errored, canceled, expired } = batch.request_counts;
  const ended = batch.processing_status === "ended";
  const done = succeeded + errored + canceled + expired;
  return {
    state: ended ? finalState(batch) : batch.processing_status,
    ended,
    total: processing + done,
    done,
    results: ended && batch.results_url ? ["results"] : [],
  };
}

function finalState({ cancel_initiated_at, request_counts }: Anthropic.Messages.MessageBatch): string {
  if (cancel_initiated_at !== null && request_counts.canceled > 0) return "cancelled";
  return request_counts.expired > 0 ? "expired" : "completed";
}

/** How Anthropic's reasons for stopping are called in chat completions. */
const FINISH: Readonly<Record<string, string>> = {
  end_turn: "stop",
  stop_sequence: "stop",
  max_tokens: "length",
  model_context_window_exceeded: "length",
  refusal: "content_filter",
};

/** A line of the results. */
export function parseLine(line: string): BatchLine | null {
  let raw: Anthropic.Messages.MessageBatchIndividualResponse | null;
  try {
    raw = JSON.parse(line);
  } catch {
    return null;
  }
  if (typeof raw?.custom_id !== "string") return null;
  const customId = raw.custom_id;
  const { result } = raw;
  if (result?.type === "succeeded") {
    const { content, stop_reason, model, usage } = result.message;
    const text = content.map((block) => (block.type === "text" ? block.text : "")).join("");
    return {
      customId,
      reply: {
        text,
        refusal: null,
        finishReason: stop_reason === null ? null : (FINISH[stop_reason] ?? stop_reason),
        model,
        usage: { promptTokens: usage.input_tokens, completionTokens: usage.output_tokens },
      },
    };
  }
  if (result?.type === "errored") {
    const { type, message } = result.error.error;
    const text = `${type}: ${message}`.slice(0, 300);
    return { customId, reply: type === "invalid_request_error" ? { rejected: text } : { again: text } };
  }
  return { customId, reply: { again: result?.type ?? "a line without a result" } };
}

async function explain(
  cause: unknown,
  settings: Pick<ChatSettings, "apiKey" | "baseUrl" | "model">,
  thing: string,
): Promise<unknown> {
  const { APIError } = await import("@anthropic-ai/sdk");
  if (!(cause instanceof APIError)) return cause;
  const message = redact(cause.message, settings.apiKey).slice(0, 300);
  const where = settings.baseUrl ?? "the provider";
  if (cause.status === 401 || cause.status === 403)
    return inputError(
      `${where} refuses the key (${cause.status}): check ANTHROPIC_API_KEY; what has been answered is kept`,
    );
  if (cause.status === 404) return unknownThing(thing, settings.baseUrl, message);
  if (cause.status === 400 || cause.status === 413)
    return inputError(`${where} rejects the batch (model ${settings.model}): ${message}`);
  return workError(
    `${where} does not answer after ${RETRIES} retries: ${message}; what has been answered is kept, the same command goes on`,
  );
}
