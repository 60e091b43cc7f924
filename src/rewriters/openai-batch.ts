import { readFile } from "node:fs/promises";
import type OpenAI from "openai";
import {
  type ChatSettings,
  chatFacts,
  connect,
  explain,
  readCompletion,
  requestBody,
  requireKey,
} from "../chat/client.js";
import { inputError } from "../domain/errors.js";
import type { Rewriter } from "../domain/rewriter.js";
import {
  BatchBusy,
  type BatchLine,
  type BatchProvider,
  type BatchSettings,
  type BatchStatus,
  type BatchStore,
  batchRewriter,
} from "./batch.js";

const ENDPOINT = "/v1/chat/completions";
const ENDED = new Set(["completed", "failed", "expired", "cancelled"]);
const RETRIES = 8;
/** When batches are looked for that a crash has left behind: so many of the newest, at most. */
const NEWEST = 1000;

/** Rewrites in bulk by OpenAI's Batch API. */
export function openOpenAiBatch(settings: ChatSettings, store: BatchStore, batch: BatchSettings): Rewriter {
  return batchRewriter(openAiBatches(settings), "openai", chatFacts(settings), store, batch);
}

/** OpenAI's Batch API. Throws when the key is missing. */
export function openAiBatches(
  settings: Pick<
    ChatSettings,
    "model" | "temperature" | "maxCompletionTokens" | "apiKey" | "baseUrl" | "fetch"
  >,
): BatchProvider {
  requireKey("OPENAI_API_KEY", settings.apiKey, settings.baseUrl);
  let client: Promise<OpenAI> | null = null;
  /** Calls the API; errors come in words that say what to do. */
  const call = async <Result>(perform: (client: OpenAI) => Promise<Result>, signal?: AbortSignal) => {
    try {
      client ??= connect(settings, RETRIES);
      return await perform(await client);
    } catch (cause) {
      signal?.throwIfAborted();
      if (cause instanceof BatchBusy) throw cause;
      const failure = await explain(cause, settings);
      throw failure.kind === "fatal"
        ? failure.error
        : inputError(`the batch is rejected: ${failure.message}`);
    }
  };
  return {
    facts: { provider: "openai-batch", baseUrl: settings.baseUrl ?? null, model: settings.model },
    limits: { requests: 50_000, bytes: 200_000_000 },
    line: (customId, { prompt }) =>
      JSON.stringify({
        custom_id: customId,
        method: "POST",
        url: ENDPOINT,
        body: requestBody(settings, { prompt }),
      }),
    create: (intent, input, uploaded, signal) =>
      call(async (api) => {
        const { toFile } = await import("openai");
        // Held whole, since a stream could not be sent a second time.
        const content = await toFile(readFile(input), "requests.jsonl");
        const file = await api.files.create({ file: content, purpose: "batch" }, { signal });
        await uploaded(file.id);
        const created = await api.batches
          .create(
            {
              input_file_id: file.id,
              endpoint: ENDPOINT,
              completion_window: "24h",
              metadata: { rate_intent: intent.id, rate_sha256: intent.sha256 },
            },
            // Not retried by the library: a batch whose answer was lost is looked for, not created again.
            { signal, maxRetries: 0 },
          )
          .catch((cause) => createdAfterAll(api, intent.id, cause, signal));
        return created.id;
      }, signal),
    find: (intent, _, signal) =>
      call(async (api) => (await findByIntent(api, intent.id, signal))?.id ?? null, signal),
    status: (id, signal) => call(async (api) => statusOf(await api.batches.retrieve(id, { signal })), signal),
    async *download(_, file, signal) {
      const response = await call((api) => api.files.content(file, { signal }), signal);
      yield* linesOf(response);
    },
    parse: parseLine,
    cancel: (id) =>
      call(async (api) => {
        await api.batches.cancel(id);
      }),
  };
}

/** A failed creation may have created the batch all the same, when only the answer was lost. */
async function createdAfterAll(
  api: OpenAI,
  intent: string,
  cause: unknown,
  signal: AbortSignal,
): Promise<OpenAI.Batch> {
  signal.throwIfAborted();
  const { APIError } = await import("openai");
  const status = cause instanceof APIError ? cause.status : undefined;
  const found = await findByIntent(api, intent, signal);
  if (found) return found;
  const lost = cause instanceof APIError && (status === undefined || status >= 500 || status === 409);
  const broke = cause instanceof APIError && cause.code === "insufficient_quota";
  if ((status === 429 && !broke) || lost) throw new BatchBusy((cause as Error).message.slice(0, 200));
  throw cause;
}

async function findByIntent(api: OpenAI, intent: string, signal: AbortSignal): Promise<OpenAI.Batch | null> {
  let seen = 0;
  for await (const batch of api.batches.list({ limit: 100 }, { signal })) {
    if (batch.metadata?.rate_intent === intent) return batch;
    seen += 1;
    if (seen >= NEWEST) break;
  }
  return null;
}

function statusOf(batch: OpenAI.Batch): BatchStatus {
  return {
    state: batch.status,
    ended: ENDED.has(batch.status),
    total: batch.request_counts?.total ?? 0,
    done: (batch.request_counts?.completed ?? 0) + (batch.request_counts?.failed ?? 0),
    errors: (batch.errors?.data ?? []).map(({ code, message, line }) => ({
      code: code ?? "",
      message: message ?? "",
      line: line ?? null,
    })),
    // Either may be null, absent or empty, in any final state.
    results: [batch.output_file_id, batch.error_file_id].flatMap((id) => id || []),
  };
}

async function* linesOf(response: Response): AsyncIterable<string> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const piece of response.body ?? []) {
    const lines = (rest + decoder.decode(piece, { stream: true })).split("\n");
    rest = lines.pop()!;
    yield* lines;
  }
  rest += decoder.decode();
  if (rest !== "") yield rest;
}

/** The parts of a line of an output or error file that count. */
interface RawLine {
  readonly custom_id?: unknown;
  readonly response?: { readonly status_code?: number; readonly body?: unknown } | null;
  readonly error?: { readonly code?: string; readonly message?: string } | null;
}

/**
 * A line of an output or error file. A failed request may say so in `error`, or, with `error` null, in the response's status and body; what failed for the
 * provider's sake (429, 5xx, expiry) can be sent again. A line that cannot be read is passed over: its request counts as unanswered.
 */
export function parseLine(line: string): BatchLine | null {
  let raw: RawLine | null;
  try {
    raw = JSON.parse(line);
  } catch {
    return null;
  }
  if (typeof raw?.custom_id !== "string") return null;
  const customId = raw.custom_id;
  const { response, error } = raw;
  const status = response?.status_code;
  if (status === 200 && !error) {
    const answer = readCompletion(response?.body as OpenAI.ChatCompletion);
    return { customId, reply: answer ?? { again: "an answer without a choice" } };
  }
  const inner = (response?.body as { error?: { code?: string; message?: string } } | undefined)?.error;
  const message = `${error?.code ?? inner?.code ?? status ?? ""}: ${error?.message ?? inner?.message ?? "no reason given"}`;
  const own = status !== undefined && status >= 400 && status < 500 && status !== 408 && status !== 429;
  return { customId, reply: own ? { rejected: message.slice(0, 300) } : { again: message.slice(0, 300) } };
}
