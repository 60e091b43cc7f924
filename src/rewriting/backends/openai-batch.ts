import { randomUUID } from "node:crypto";
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { z } from "zod";
import { inputError } from "../../domain/errors.js";
import { keyMask } from "../../domain/mask-keys.js";
import type { Rewriter } from "../../domain/rewriter.js";
import { type Api, type ApiRequest, openApi } from "../../language-models/api.js";
import { ApiError } from "../../language-models/api-error.js";
import { type ChatSettings, chatFacts, requireKey } from "../../language-models/chat-settings.js";
import { readCompletion } from "../../language-models/completion.js";
import { explain } from "../../language-models/failures.js";
import { requestBody } from "../../language-models/request-body.js";
import type { BatchStore } from "../batches/ledger.js";
import {
  type BadLine,
  type BatchAccess,
  BatchBusy,
  type BatchLine,
  type BatchProvider,
  type BatchStatus,
  CreationLost,
  failedCreation,
  type ResultFile,
  unknownThing,
} from "../batches/provider.js";
import { type BatchSettings, batchRewriter } from "../batches/rewriter.js";
import { checkLine, resultLines } from "./result-lines.js";

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
  request_counts: z
    .object({ total: z.number(), completed: z.number(), failed: z.number() })
    .nullish()
    .catch(null),
  usage: z.object({ input_tokens: z.number(), output_tokens: z.number() }).nullish().catch(null),
});
const BATCHES = z.object({ data: z.array(BATCH), has_more: z.boolean().nullish() });
type Batch = z.infer<typeof BATCH>;

/** Rewrites in bulk by OpenAI's Batch API. */
export function openOpenAiBatch(settings: ChatSettings, store: BatchStore, batch: BatchSettings): Rewriter {
  return batchRewriter(openAiBatches(settings), "openai", chatFacts(settings), store, batch);
}

/** OpenAI's Batch API. Throws when the key is missing. */
export function openAiBatches(settings: BatchAccess): BatchProvider {
  const { baseUrl, patient } = settings;
  const apiKey = requireKey("OPENAI_API_KEY", settings.apiKey, baseUrl);
  const hide = keyMask([apiKey]);
  const { headers, query, network, say } = settings;
  const usual = patient === false ? { policy: () => null } : {};
  const api = openApi({ apiKey, baseUrl, headers, query, network, ...usual, ...(say && { say }) });
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
        async () => statusOf(await api.call({ method: "GET", path: `/batches/${id}` }, BATCH, signal)),
        signal,
        `the batch ${id}`,
      ),
    async *download(_, { name }, signal) {
      for await (const line of resultLines(
        api,
        `/files/${name}/content`,
        call,
        `the file ${name} of results`,
        signal,
      ))
        yield hide(line);
    },
    parse: parseLine,
    cancel: async (id, signal = new AbortController().signal) => {
      const request = { method: "POST", path: `/batches/${id}/cancel`, atOnce: true } as const;
      await call(() => api.call(request, BATCH, signal), signal, `the batch ${id}`);
    },
  };
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
  const contentType = `multipart/form-data; boundary=${boundary}`;
  return { method: "POST", path: "/files", body, contentType, atOnce: true };
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

function statusOf(batch: Batch): BatchStatus {
  const { request_counts: counts, usage, output_file_id: output, error_file_id: errors } = batch;
  return {
    state: batch.status,
    ended: ENDED.has(batch.status),
    done: (counts?.completed ?? 0) + (counts?.failed ?? 0),
    counts: counts ? { total: counts.total, answered: counts.completed, failed: counts.failed } : null,
    // Servers that do not keep the sum say nought.
    ...(usage &&
      usage.input_tokens > 0 && {
        usage: { promptTokens: usage.input_tokens, completionTokens: usage.output_tokens },
      }),
    errors: (batch.errors?.data ?? []).map(({ code, message, line }) => ({
      code: code ?? "",
      message: message ?? "",
      line: line ?? null,
    })),
    // Either may be null, absent or empty, in any final state.
    results: [
      ...(output ? [{ name: output, holds: "answers" } as const] : []),
      ...(errors ? [{ name: errors, holds: "errors" } as const] : []),
    ],
  };
}

/** The parts of a line of an output or error file that count; anything may be missing or odd. */
const RESPONSE = z.object({
  status_code: z.number().nullish().catch(null),
  body: z.unknown().optional(),
});
const LINE = z.object({
  custom_id: z.string(),
  response: RESPONSE.nullish().catch(null),
  error: z.unknown().optional(),
});
const MESSAGE = z.object({
  code: z.union([z.string(), z.number()]).nullish().catch(null),
  message: z.string().nullish().catch(null),
});
const BODY = z.object({
  error: z
    .union([z.string().transform((message) => ({ code: null, message })), MESSAGE])
    .nullish()
    .catch(null),
  usage: z
    .object({ prompt_tokens: z.number().nonnegative(), completion_tokens: z.number().nonnegative() })
    .nullish()
    .catch(null),
});

/**
 * A line of an output or error file. A failed request may say so in `error`, or, with `error` null, in the response's
 * status and body; what failed for the provider's sake (429, 5xx, expiry) can be sent again. What stands among the answers
 * and says of no failure was answered, and is billed, whatever its form.
 */
export function parseLine(line: string, holds: ResultFile["holds"]): BatchLine | BadLine {
  const found = checkLine(line, LINE);
  if ("fault" in found) return found;
  const { custom_id: customId, response, error } = found;
  const status = response?.status_code ?? null;
  const body = BODY.safeParse(response?.body).data;
  const answer = status === null || status === 200 ? readCompletion(response?.body) : null;
  if (answer) return { customId, reply: answer };
  const said = MESSAGE.safeParse(error).data ?? body?.error;
  if (status === 200 || (status === null && error == null && holds === "answers"))
    return {
      customId,
      reply: {
        unreadable: said?.message
          ? `it says ${JSON.stringify(said.message.slice(0, 200))}`
          : whatIsWrong(response),
        ...(body?.usage && {
          usage: { promptTokens: body.usage.prompt_tokens, completionTokens: body.usage.completion_tokens },
        }),
      },
    };
  const message = `${said?.code ?? status ?? ""}: ${said?.message ?? "no reason given"}`.slice(0, 300);
  const own = status !== null && status >= 400 && status < 500 && status !== 408 && status !== 429;
  return { customId, reply: own ? { rejected: message } : { again: message } };
}

/** What keeps a response from being an answer. */
function whatIsWrong(response: z.infer<typeof RESPONSE> | null | undefined): string {
  if (response?.body == null) return "its line has no response";
  return `its response is not a chat completion (${JSON.stringify(response.body).slice(0, 100)})`;
}
