import { z } from "zod";
import { inputError, workError } from "../../domain/errors.js";
import { keyMask } from "../../domain/mask-keys.js";
import type { Rewriter } from "../../domain/rewriter.js";
import { type Api, openApi } from "../../language-models/api.js";
import { ApiError } from "../../language-models/api-error.js";
import { type ChatSettings, chatFacts, requireKey } from "../../language-models/chat-settings.js";
import { linesOfFile } from "../../storage/project/lines.js";
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
  unknownThing,
} from "../batches/provider.js";
import { type BatchSettings, batchRewriter } from "../batches/rewriter.js";
import { checkLine, resultLines } from "./result-lines.js";

const ANTHROPIC = "https://api.anthropic.com";
const API_VERSION = "2023-06-01";
const BATCHES = "/v1/messages/batches";
/** The API wants a limit; this one is far beyond any rewrite of a text that fits into a prompt of a few pages. */
const MAX_TOKENS = 8192;
const CLOCK_SKEW_MS = 5 * 60 * 1000;
/** When batches are looked for that a crash has left behind: so many of the newest, at most. */
const NEWEST = 1000;

const count = z.number().nonnegative();

/** What counts of the API's objects. */
const BATCH = z.object({
  id: z.string(),
  processing_status: z.string(),
  request_counts: z
    .object({ processing: count, succeeded: count, errored: count, canceled: count, expired: count })
    .nullish()
    .catch(null),
  created_at: z.string(),
  cancel_initiated_at: z.string().nullish(),
  results_url: z.string().nullish(),
});
const LIST = z.object({ data: z.array(BATCH), has_more: z.boolean().nullish() });
type Batch = z.infer<typeof BATCH>;

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
export function anthropicBatches(settings: BatchAccess): BatchProvider {
  const apiKey = requireKey("ANTHROPIC_API_KEY", settings.apiKey, settings.baseUrl);
  const hide = keyMask([apiKey]);
  const api = openApi({
    apiKey,
    baseUrl: (settings.baseUrl ?? ANTHROPIC).replace(/\/v1\/?$/, ""),
    keyHeaders: (key) => ({ "x-api-key": key, "anthropic-version": API_VERSION }),
    ...(settings.patient === false && { policy: () => null }),
    headers: settings.headers,
    network: settings.network,
    ...(settings.say && { say: settings.say }),
  });
  const call = async <Result>(
    perform: () => Promise<Result>,
    signal: AbortSignal,
    thing = "the address of batches",
  ) => {
    try {
      return await perform();
    } catch (cause) {
      signal.throwIfAborted();
      throw explain(cause, settings, thing);
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
          ...settings.extraBody,
        },
      }),
    create: (_, input, creating, signal) =>
      call(async () => {
        const requests: string[] = [];
        for await (const line of linesOfFile(input)) requests.push(line);
        await creating(null);
        const body = `{"requests":[${requests.join(",")}]}`;
        // Not sent a second time: it might create a second batch.
        const created = await api
          .call({ method: "POST", path: BATCHES, body, once: true }, BATCH, signal)
          .catch((cause) => {
            signal.throwIfAborted();
            throw (cause instanceof ApiError && failedCreation(cause.status, cause.message)) || cause;
          });
        return created.id;
      }, signal),
    find: (intent, known, signal) =>
      call(() => findByCount(api, intent.at, intent.requests.length, known, signal), signal),
    status: (id, signal) =>
      call(
        async () => statusOf(await api.call({ method: "GET", path: `${BATCHES}/${id}` }, BATCH, signal)),
        signal,
        `the batch ${id}`,
      ),
    async *download(id, _, signal) {
      const thing = `the results of the batch ${id}`;
      for await (const line of resultLines(api, `${BATCHES}/${id}/results`, call, thing, signal))
        yield hide(line);
    },
    parse: parseLine,
    cancel: async (id, signal = new AbortController().signal) => {
      const request = { method: "POST", path: `${BATCHES}/${id}/cancel`, atOnce: true } as const;
      await call(() => api.call(request, BATCH, signal), signal, `the batch ${id}`);
    },
  };
}

/**
 * These batches carry no name of ours: one that was created after the intent, holds as many requests and is not known yet
 * is taken for it. Should it be another's, none of its answers fits, and the requests are sent anew.
 */
async function findByCount(
  api: Api,
  since: string,
  requests: number,
  known: ReadonlySet<string>,
  signal: AbortSignal,
): Promise<string | null> {
  const earliest = Date.parse(since) - CLOCK_SKEW_MS;
  let after = "";
  for (let seen = 0; seen < NEWEST; ) {
    const path = `${BATCHES}?limit=100${after && `&after_id=${encodeURIComponent(after)}`}`;
    const { data, has_more } = await api.call({ method: "GET", path }, LIST, signal);
    for (const batch of data) {
      if (Date.parse(batch.created_at) < earliest) return null;
      if (!known.has(batch.id) && countsOf(batch)?.total === requests) return batch.id;
    }
    if (!has_more || data.length === 0) return null;
    seen += data.length;
    after = data.at(-1)!.id;
  }
  return null;
}

function countsOf({ request_counts: counts }: Batch) {
  if (!counts) return null;
  const { processing, succeeded, errored, canceled, expired } = counts;
  return {
    total: processing + succeeded + errored + canceled + expired,
    answered: succeeded,
    failed: errored + canceled + expired,
  };
}

function statusOf(batch: Batch): BatchStatus {
  const counts = countsOf(batch);
  const ended = batch.processing_status === "ended";
  return {
    state: ended ? finalState(batch) : batch.processing_status,
    ended,
    done: counts ? counts.answered + counts.failed : 0,
    counts: ended ? counts : null,
    results: ended && batch.results_url ? [{ name: "results", holds: "both" }] : [],
  };
}

function finalState({ cancel_initiated_at, request_counts: counts }: Batch): string {
  if (cancel_initiated_at && (counts?.canceled ?? 0) > 0) return "cancelled";
  return (counts?.expired ?? 0) > 0 ? "expired" : "completed";
}

/** How Anthropic's reasons for stopping are called in chat completions. */
const FINISH: Readonly<Record<string, string>> = {
  end_turn: "stop",
  stop_sequence: "stop",
  max_tokens: "length",
  model_context_window_exceeded: "length",
  refusal: "content_filter",
};

const USAGE = z.object({ input_tokens: count, output_tokens: count });
/** Thoughts and other blocks stand beside those of text. */
const MESSAGE = z.object({
  content: z.array(
    z.object({ type: z.string(), text: z.string().nullish(), thinking: z.string().nullish() }),
  ),
  stop_reason: z.string().nullish(),
  model: z.string().nullish(),
  usage: USAGE.nullish().catch(null),
});
const BILLED = z.object({ usage: USAGE });
const FAILURE = z.object({ type: z.string(), message: z.string().nullish().catch(null) });
const LINE = z.object({
  custom_id: z.string(),
  result: z
    .object({
      type: z.string().nullish().catch(null),
      message: z.unknown().optional(),
      error: z
        .object({ error: FAILURE.nullish().catch(null) })
        .nullish()
        .catch(null),
    })
    .nullish()
    .catch(null),
});
const UNANSWERED = new Set(["errored", "canceled", "expired"]);

/** A line of the results. What says of no failure was answered, and is billed, whatever its form. */
export function parseLine(line: string): BatchLine | BadLine {
  const found = checkLine(line, LINE);
  if ("fault" in found) return found;
  const { custom_id: customId, result } = found;
  const type = result?.type ?? "a line without a result";
  if (type === "errored" && result?.error?.error) {
    const failure = result.error.error;
    const text = `${failure.type}: ${failure.message ?? "no reason given"}`.slice(0, 300);
    const own = failure.type === "invalid_request_error";
    return { customId, reply: own ? { rejected: text } : { again: text } };
  }
  if (UNANSWERED.has(type)) return { customId, reply: { again: type } };
  const message = MESSAGE.safeParse(result?.message);
  const usage = BILLED.safeParse(result?.message).data?.usage;
  const billed = usage && {
    usage: { promptTokens: usage.input_tokens, completionTokens: usage.output_tokens },
  };
  if (type !== "succeeded" || !message.success) {
    const [issue] = message.error?.issues ?? [];
    const unreadable =
      type === "succeeded"
        ? `its message is not as it should be (${issue?.path.join(".") || "message"}: ${issue?.message})`
        : `its result is ${JSON.stringify(type.slice(0, 60))}`;
    return { customId, reply: { unreadable, ...billed } };
  }
  const { content, stop_reason: reason, model } = message.data;
  const text = content.map((block) => (block.type === "text" ? (block.text ?? "") : "")).join("");
  const reasoning = content.map(({ thinking }) => thinking ?? "").join("");
  return {
    customId,
    reply: {
      text,
      refusal: null,
      ...(reasoning && { reasoning }),
      finishReason: reason ? (FINISH[reason] ?? reason) : null,
      model: model ?? "",
      ...billed,
    },
  };
}

function explain(cause: unknown, settings: Pick<ChatSettings, "baseUrl" | "model">, thing: string): unknown {
  if (cause instanceof BatchBusy || cause instanceof CreationLost || !(cause instanceof ApiError))
    return cause;
  const { status, message } = cause;
  const where = settings.baseUrl ?? "the provider";
  if (status === 401 || status === 403)
    return inputError(
      `${where} refuses the key (${status}): check ANTHROPIC_API_KEY; what has been answered is kept`,
    );
  if (status === 404) return unknownThing(thing, settings.baseUrl, message);
  if (status === 400 || status === 413)
    return inputError(`${where} rejects the batch (model ${settings.model}): ${message}`);
  return workError(
    `${where} gives no answer, often as it was asked: ${message}; what has been answered is kept, the same command goes on`,
  );
}
