import type OpenAI from "openai";
import { inputError, workError } from "../domain/errors.js";
import type { RewriteAnswer, RewriteRequest, Rewriter } from "../domain/rewriter.js";
import { judgeAnswer } from "./answers.js";

/** How a chat model is asked. */
export interface ChatSettings {
  readonly model: string;
  /** Left to the server where absent. */
  readonly temperature?: number | undefined;
  readonly maxCompletionTokens?: number | undefined;
  /** Any server that speaks OpenAI's chat completions; the provider's own where absent. */
  readonly baseUrl?: string | undefined;
  /** Requests under way at once. */
  readonly concurrency: number;
  readonly apiKey: string | undefined;
  readonly fetch: typeof fetch;
}

const TIMEOUT_MS = 10 * 60 * 1000;
const RETRIES = 8;
const LOCAL = /^https?:\/\/(?:localhost|127\.|\[::1\]|10\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.)/;

/** Rewrites one request at a time by live chat completions. Rate limits and broken connections are retried with growing pauses, as the server asks. */
export function openOpenAi(settings: ChatSettings): Rewriter {
  if (!settings.apiKey && !(settings.baseUrl && LOCAL.test(settings.baseUrl))) {
    throw inputError(
      "OPENAI_API_KEY is not set: put it in .env or the environment (servers on this machine or network need none)",
    );
  }
  let client: Promise<OpenAI> | null = null;
  const open = () => {
    client ??= connect(settings);
    return client;
  };
  return {
    name: "openai",
    facts: {
      model: settings.model,
      temperature: settings.temperature ?? null,
      max_completion_tokens: settings.maxCompletionTokens ?? null,
      base_url: settings.baseUrl ?? "the provider's own",
    },
    kind: "each",
    concurrency: settings.concurrency,
    rewrite: async (request, signal) => ask(await open(), settings, request, signal),
  };
}

async function connect({ apiKey, baseUrl, fetch }: ChatSettings): Promise<OpenAI> {
  const { OpenAI } = await import("openai");
  return new OpenAI({
    apiKey: apiKey || "none",
    ...(baseUrl !== undefined && { baseURL: baseUrl }),
    organization: null,
    project: null,
    maxRetries: RETRIES,
    timeout: TIMEOUT_MS,
    fetch,
    logLevel: "off",
  });
}

async function ask(
  client: OpenAI,
  settings: ChatSettings,
  request: RewriteRequest,
  signal: AbortSignal,
): Promise<RewriteAnswer> {
  try {
    const answer = await client.chat.completions.create(
      {
        model: settings.model,
        messages: [{ role: "user", content: request.prompt }],
        ...(settings.temperature !== undefined && { temperature: settings.temperature }),
        ...(settings.maxCompletionTokens !== undefined && {
          max_completion_tokens: settings.maxCompletionTokens,
        }),
      },
      { signal },
    );
    const choice = answer.choices?.[0];
    if (!choice) throw workError("the server's answer holds no choice; is this a chat completions endpoint?");
    const finishReason = choice.finish_reason ?? null;
    const outcome = judgeAnswer(request.text, {
      text: choice.message?.content ?? null,
      refusal: choice.message?.refusal ?? null,
      finishReason,
    });
    return {
      request,
      outcome,
      model: answer.model,
      ...(finishReason !== null && { finishReason }),
      ...(answer.usage && {
        usage: { promptTokens: answer.usage.prompt_tokens, completionTokens: answer.usage.completion_tokens },
      }),
    };
  } catch (cause) {
    signal.throwIfAborted();
    const { APIError } = await import("openai");
    if (!(cause instanceof APIError)) throw cause;
    return answerToFailure(cause, settings, request);
  }
}

/** A request that the server rejects for its own sake is an answer; what would fail for every request ends the run. */
function answerToFailure(
  cause: InstanceType<typeof OpenAI.APIError>,
  settings: ChatSettings,
  request: RewriteRequest,
): RewriteAnswer {
  const message = redact(cause.message, settings.apiKey);
  const where = settings.baseUrl ?? "the provider";
  if (cause.status === 401 || cause.status === 403) {
    throw inputError(
      `${where} refuses the key (${cause.status}): check OPENAI_API_KEY; what has been answered is kept`,
    );
  }
  if (cause.status === 404)
    throw inputError(
      `${where} does not know the model ${settings.model}, or is no chat completions endpoint: ${message}`,
    );
  if (cause.status === 400 || cause.status === 413 || cause.status === 422) {
    return { request, outcome: { status: "failed", reason: "rejected", detail: message.slice(0, 300) } };
  }
  throw workError(
    `${where} does not answer after ${RETRIES} retries: ${message}; what has been answered is kept, the same command goes on`,
  );
}

function redact(message: string, key: string | undefined): string {
  return key ? message.replaceAll(key, "[key]") : message;
}
