import { randomUUID } from "node:crypto";
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { inputError } from "../../domain/errors.js";
import type { Rewriter } from "../../domain/rewriter.js";
import { type Api, type ApiRequest, openApi, policy, redact } from "../../language-models/api.js";
import { ApiError } from "../../language-models/api-error.js";
import { type ChatSettings, chatFacts, requireKey } from "../../language-models/chat-settings.js";
import { readCompletion } from "../../language-models/completion.js";
import { explain } from "../../language-models/failures.js";
import { requestBody } from "../../language-models/request-body.js";
import type { BatchStore } from "../batches/ledger.js";
import {
  BatchBusy,
  type BatchLine,
  type BatchProvider,
  type BatchStatus,
  CreationLost,
  failedCreation,
  unknownThing,
  withoutKey,
} from "../batches/provider.js";
import { type BatchSettings, batchRewriter } from "../batches/run.js";

const ENDPOINT = "/v1/chat/completions";
const ENDED = new Set(["completed", "failed", "expired", "cancelled"]);
/** When batches are looked for that a crash has left behind: so many of the newest, at most. */
const NEWEST = 1000;

/** What counts of the API's objects. */
const FILE = z.object({ id: z.string() });
const BATCH = z.object({
  id: z.string(),
  status: z.string(),
  metadata: z.record(z.string(), z.unknown()).nullish(),
  output_file_id: z.string().nullish(),
  error_file_id: z.string().nullish(),
  errors: z
    .object({
      data: z
        .array(
          z.object({
            code: z.string().nullish(),
            message: z.string().nullish(),
            line: z.number().nullish(),
          }),
        )
        .nullish(),
    })
    .nullish(),
  request_counts: z.object({ total: z.number(), completed: z.number(), failed: z.number() }).nullish(),
});
const BATCHES = z.object({ data: z.array(BATCH), has_more: z.boolean().nullish() });
type Batch = z.infer<typeof BATCH>;

/** Rewrites in bulk by OpenAI's Batch API. */
export function openOpenAiBatch(settings: ChatSettings, store: BatchStore, batch: BatchSettings): Rewriter {
  return batchRewriter(openAiBatches(settings), "openai", chatFacts(settings), store, batch);
}

/** OpenAI's Batch API. Throws when the key is missing. */
export function openAiBatches(settings: Omit<ChatSettings, "concurrency">): BatchProvider {
  const { baseUrl } = settings;
  const apiKey = requireKey("OPENAI_API_KEY", settings.apiKey, baseUrl);
  const { headers, query, network, say } = settings;
  const api = openApi({ apiKey, baseUrl, headers, query, network, ...(say && { say }) });
  /** Calls the API; errors come in words that say what to do. `thing` is what the call is about, where it may be gone. */
  const call = async <Result>(
    perform: () => Promise<Result>,
    signal: AbortSignal,
    thing = "the address of batches",
  ) => {
    try {
      return await perform();
    } catch (cause) {
      signal.throwIfAborted();
      if (cause instanceof BatchBusy || cause instanceof CreationLost) throw cause;
      if (cause instanceof ApiError && cause.status === 404)
        throw unknownThing(thing, baseUrl, cause.message);
      const meaning = explain(cause, settings);
      throw "fatal" in meaning ? meaning.fatal : inputError(`the batch is rejected: ${meaning.rejected}`);
    }
  };
  return {
    facts: { provider: "openai-batch", baseUrl: baseUrl ?? null, model: settings.model },
    limits: { requests: 50_000, bytes: 200_000_000 },
    marksBatches: true,
    line: (customId, { prompt }) =>
      JSON.stringify({
        custom_id: customId,
        method: "POST",
        url: ENDPOINT,
        body: requestBody(settings, { prompt }),
      }),
    create: (intent, input, creating, signal) =>
      call(async () => {
        const file = await api.call(await uploadOf(input), FILE, signal);
        await creating(file.id);
        const body = JSON.stringify({
          input_file_id: file.id,
          endpoint: ENDPOINT,
          completion_window: "24h",
          metadata: { rate_intent: intent.id, rate_sha256: intent.sha256 },
        });
        // Not sent a second time: it might create a second batch.
        const created = await api
          .call({ method: "POST", path: "/batches", body, once: true }, BATCH, signal)
          .catch((cause) => {
            signal.throwIfAborted();
            const { status, code, message } = cause as ApiError;
            const isFinal = !(cause instanceof ApiError) || code === "insufficient_quota";
            throw (isFinal ? null : failedCreation(status, message)) ?? cause;
          });
        return created.id;
      }, signal),
    find: (intent, _, signal) =>
      call(async () => (await findByIntent(api, intent.id, signal))?.id ?? null, signal),
    status: (id, signal) =>
      call(
        async () =>
          statusOf(await api.call({ method: "GET", path: `/batches/${id}` }, BATCH, signal), apiKey),
        signal,
        `the batch ${id}`,
      ),
    async *download(_, file, signal) {
      let given = 0;
      for (let failures = 1; ; failures += 1) {
        try {
          let seen = 0;
          for await (const line of linesOf(api.download(`/files/${file}/content`, signal))) {
            seen += 1;
            if (seen <= given) continue;
            given = seen;
            yield withoutKey(line, apiKey, parseLine);
          }
          return;
        } catch (cause) {
          signal.throwIfAborted();
          // A connection that breaks halfway: the file is read again from its beginning, past what is known.
          const pause = policy(cause, failures);
          if (pause === null) await call(() => Promise.reject(cause), signal, `the file ${file} of results`);
          else await sleep(pause, undefined, { signal });
        }
      }
    },
    parse: parseLine,
    cancel: async (id) => {
      const signal = new AbortController().signal;
      const path = `/batches/${id}/cancel`;
      await call(() => api.call({ method: "POST", path }, BATCH, signal), signal, `the batch ${id}`);
    },
  };
}

async function* linesOf(pieces: AsyncIterable<Buffer>): AsyncIterable<string> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const piece of pieces) {
    const lines = (rest + decoder.decode(piece, { stream: true })).split("\n");
    rest = lines.pop()!;
    yield* lines;
  }
  rest += decoder.decode();
  if (rest !== "") yield rest;
}

/** A file for batches. It is held whole, since a stream could not be sent a second time. */
async function uploadOf(input: string): Promise<ApiRequest> {
  const boundary = `rate-${randomUUID()}`;
  const part = (disposition: string) =>
    `--${boundary}\r\nContent-Disposition: form-data; ${disposition}\r\n\r\n`;
  const head = `${part('name="purpose"')}batch\r\n${part('name="file"; filename="requests.jsonl"')}`;
  const tail = `\r\n--${boundary}--\r\n`;
  const { size } = await stat(input);
  const body = Buffer.alloc(head.length + size + tail.length);
  body.write(head);
  let at = head.length;
  for await (const piece of createReadStream(input)) at += piece.copy(body, at);
  body.write(tail, at);
  return { method: "POST", path: "/files", body, contentType: `multipart/form-data; boundary=${boundary}` };
}

async function findByIntent(api: Api, intent: string, signal: AbortSignal): Promise<Batch | null> {
  let after = "";
  for (let seen = 0; seen < NEWEST; ) {
    const path = `/batches?limit=100${after && `&after=${encodeURIComponent(after)}`}`;
    const { data, has_more } = await api.call({ method: "GET", path }, BATCHES, signal);
    const found = data.find(({ metadata }) => metadata?.rate_intent === intent);
    if (found) return found;
    if (!has_more || data.length === 0) return null;
    seen += data.length;
    after = data.at(-1)!.id;
  }
  return null;
}

function statusOf(batch: Batch, apiKey: string): BatchStatus {
  return {
    state: batch.status,
    ended: ENDED.has(batch.status),
    total: batch.request_counts?.total ?? 0,
    done: (batch.request_counts?.completed ?? 0) + (batch.request_counts?.failed ?? 0),
    errors: (batch.errors?.data ?? []).map(({ code, message, line }) => ({
      code: code ?? "",
      message: redact(message ?? "", apiKey),
      line: line ?? null,
    })),
    // Either may be null, absent or empty, in any final state.
    results: [batch.output_file_id, batch.error_file_id].flatMap((id) => id || []),
  };
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
    const answer = readCompletion(response?.body);
    return { customId, reply: answer ?? { again: "an answer without a choice" } };
  }
  const inner = (response?.body as { error?: { code?: string; message?: string } } | undefined)?.error;
  const message = `${error?.code ?? inner?.code ?? status ?? ""}: ${error?.message ?? inner?.message ?? "no reason given"}`;
  const own = status !== undefined && status >= 400 && status < 500 && status !== 408 && status !== 429;
  return { customId, reply: own ? { rejected: message.slice(0, 300) } : { again: message.slice(0, 300) } };
}
