import type OpenAI from "openai";
import { inputError, workError } from "../domain/errors.js";
import type { TokenUsage } from "../domain/rewriter.js";
import { withLimit } from "./limit.js";

/** How a chat model is asked. */
export interface ChatSettings {
  readonly model: string;
  /** Left to the server where absent. */
  readonly temperature?: number | undefined;
  readonly maxCompletionTokens?: number | undefined;
  /** Any server that speaks OpenAI's chat completions; the provider's own where absent. */
  readonly baseUrl?: string | undefined;
  /** Requests under way at once, at most. */
  readonly concurrency: number;
  readonly apiKey: string | undefined;
  readonly fetch: typeof fetch;
}

/** What one request asks besides the settings. */
export interface Ask {
  readonly prompt: string;
  /** The answer is one of these words, enforced by the server where it can. */
  readonly choices?: readonly string[];
  /** How many alternatives to the answer's first token are wanted, with their log-probabilities. */
  readonly topLogprobs?: number;
}

export interface TokenChoice {
  readonly token: string;
  readonly logprob: number;
}

/** A model's answer, as it came. */
export interface ChatAnswer {
  readonly text: string | null;
  /** The model's own refusal, where its API has a field for it. */
  readonly refusal: string | null;
  readonly finishReason: string | null;
  readonly model: string;
  readonly usage?: TokenUsage;
  /** For each token of the answer, the likeliest ones, where they were asked for and the server gives them. */
  readonly logprobs?: readonly (readonly TokenChoice[])[];
}

/** An answer, or why the server rejects this request for its own sake. */
export type ChatReply = ChatAnswer | { readonly rejected: string };

/** A connection to a chat model. Rate limits and broken connections are retried with growing pauses, as the server asks. */
export interface Chat {
  /** What decides an answer besides the prompt: for files, and to recognise answers that are at hand already. */
  readonly facts: Readonly<Record<string, unknown>>;
  /** Throws when no further request makes sense: a refused key, an unknown model, a server that stays silent. */
  ask(ask: Ask, signal: AbortSignal): Promise<ChatReply>;
}

const TIMEOUT_MS = 10 * 60 * 1000;
const RETRIES = 8;
const LOCAL = /^https?:\/\/(?:localhost|127\.|\[::1\]|10\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.)/;

/** Whether a server stands on this machine or network: it needs no key and sends no bill. */
export function isLocal(baseUrl: string | undefined): boolean {
  return baseUrl !== undefined && LOCAL.test(baseUrl);
}

/** The key, or an error that says where to put it. */
export function requireKey(name: string, key: string | undefined, baseUrl: string | undefined): string {
  if (key) return key;
  if (isLocal(baseUrl)) return "none";
  throw inputError(
    `${name} is not set: put it in .env or the environment (servers on this machine or network need none)`,
  );
}

/** Opens a chat model. Nothing is asked of it yet. Throws when a key is missing. */
export function openChat(settings: ChatSettings): Chat {
  requireKey("OPENAI_API_KEY", settings.apiKey, settings.baseUrl);
  const fetch = withLimit(settings.fetch, settings.concurrency);
  let client: Promise<OpenAI> | null = null;
  return {
    facts: chatFacts(settings),
    ask: async (request, signal) => {
      client ??= connect({ ...settings, fetch }, RETRIES);
      return ask(await client, settings, request, signal);
    },
  };
}

export function chatFacts(settings: ChatSettings) {
  return {
    model: settings.model,
    temperature: settings.temperature ?? null,
    max_completion_tokens: settings.maxCompletionTokens ?? null,
    base_url: settings.baseUrl ?? "the provider's own",
  };
}

/** The client of OpenAI's own library, which knows the wire. */
export async function connect(
  { apiKey, baseUrl, fetch }: Pick<ChatSettings, "apiKey" | "baseUrl" | "fetch">,
  maxRetries: number,
): Promise<OpenAI> {
  const { OpenAI } = await import("openai");
  return new OpenAI({
    apiKey: apiKey || "none",
    ...(baseUrl !== undefined && { baseURL: baseUrl }),
    organization: null,
    project: null,
    maxRetries,
    timeout: TIMEOUT_MS,
    fetch,
    logLevel: "off",
  });
}

/** The body of a chat completion. */
export function requestBody(
  settings: Pick<ChatSettings, "model" | "temperature" | "maxCompletionTokens">,
  { prompt, choices, topLogprobs }: Ask,
): OpenAI.ChatCompletionCreateParamsNonStreaming {
  return {
    model: settings.model,
    messages: [{ role: "user", content: prompt }],
    ...(settings.temperature !== undefined && { temperature: settings.temperature }),
    ...(settings.maxCompletionTokens !== undefined && {
      max_completion_tokens: settings.maxCompletionTokens,
    }),
    ...(topLogprobs !== undefined && { logprobs: true, top_logprobs: topLogprobs }),
    ...(choices && {
      response_format: {
        type: "json_schema",
        json_schema: {
          name: "answer",
          strict: true,
          schema: {
            type: "object",
            properties: { answer: { type: "string", enum: [...choices] } },
            required: ["answer"],
            additionalProperties: false,
          },
        },
      },
    }),
  };
}

/** A chat completion, live or from a batch, as an answer; null when it is none. */
export function readCompletion(completion: Partial<OpenAI.ChatCompletion> | undefined): ChatAnswer | null {
  const choice = completion?.choices?.[0];
  if (!choice) return null;
  const { usage } = completion;
  const logprobs = choice.logprobs?.content?.map(({ top_logprobs }) =>
    top_logprobs.map(({ token, logprob }) => ({ token, logprob })),
  );
  return {
    text: choice.message?.content ?? null,
    refusal: choice.message?.refusal ?? null,
    finishReason: choice.finish_reason ?? null,
    model: String(completion.model ?? ""),
    ...(usage && {
      usage: { promptTokens: usage.prompt_tokens, completionTokens: usage.completion_tokens },
    }),
    ...(logprobs && { logprobs }),
  };
}

async function ask(
  client: OpenAI,
  settings: ChatSettings,
  request: Ask,
  signal: AbortSignal,
): Promise<ChatReply> {
  // The library leaves its listeners on the signal it is given: each request gets one of its own.
  const own = new AbortController();
  const stop = () => own.abort(signal.reason);
  signal.addEventListener("abort", stop);
  try {
    signal.throwIfAborted();
    const answer = readCompletion(
      await client.chat.completions.create(requestBody(settings, request), { signal: own.signal }),
    );
    if (answer) return answer;
    throw workError("the server's answer holds no choice; is this a chat completions endpoint?");
  } catch (cause) {
    signal.throwIfAborted();
    const failure = await explain(cause, settings);
    if (failure.kind === "rejected") return { rejected: failure.message };
    throw failure.error;
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

type Failure =
  | { readonly kind: "rejected"; readonly message: string }
  | { readonly kind: "fatal"; readonly error: unknown };

/** What an error of the client means: a request rejected for its own sake, or an end to all requests. */
export async function explain(
  cause: unknown,
  settings: Pick<ChatSettings, "apiKey" | "baseUrl" | "model">,
): Promise<Failure> {
  const { APIError } = await import("openai");
  if (!(cause instanceof APIError)) return { kind: "fatal", error: cause };
  const message = redact(cause.message, settings.apiKey);
  const where = settings.baseUrl ?? "the provider";
  const fatal = (error: Error): Failure => ({ kind: "fatal", error });
  if (cause.status === 401 || cause.status === 403)
    return fatal(
      inputError(
        `${where} refuses the key (${cause.status}): check OPENAI_API_KEY; what has been answered is kept`,
      ),
    );
  if (cause.status === 404)
    return fatal(
      inputError(
        `${where} does not know the model ${settings.model}, or is no chat completions endpoint: ${message}`,
      ),
    );
  if (cause.status === 429 && /insufficient_quota|billing/.test(`${cause.code} ${message}`))
    return fatal(
      workError(
        `${where} says that the account is out of credit: ${message}; what has been answered is kept`,
      ),
    );
  if (cause.status === 400 || cause.status === 413 || cause.status === 422)
    return { kind: "rejected", message: message.slice(0, 300) };
  return fatal(
    workError(
      `${where} does not answer after ${RETRIES} retries: ${message}; what has been answered is kept, the same command goes on`,
    ),
  );
}

/** A message without the key in it. */
export function redact(message: string, key: string | undefined): string {
  return key ? message.replaceAll(key, "[key]") : message;
}
