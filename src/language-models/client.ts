import { z } from "zod";
import { inputError } from "../domain/errors.js";
import type { TokenUsage } from "../domain/rewriter.js";
import { explain, openApi } from "./api.js";

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
  /**
   * Throws when no further request makes sense: a refused key, an unknown model, a server that stays silent. After the signal aborts nothing new is
   * sent, and what is on the adapter gets a minute to arrive.
   */
  ask(ask: Ask, signal: AbortSignal): Promise<ChatReply>;
}

/** Addresses of this machine and of private networks, and names without a dot, such as those of a cluster's nodes. */
const LOCAL =
  /^https?:\/\/(?:(?:127|10)\.|0\.0\.0\.0|\[::1\]|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.|[a-z][\w-]*(?=[:/]|$))/i;
const OPENAI = /^https:\/\/(?:[\w-]+\.)?api\.openai\.com(?=[:/]|$)/i;

/** Whether a server stands on this machine or network: it needs no key, and a model that is no provider's sends no bill. */
export function isLocal(baseUrl: string | undefined): boolean {
  return baseUrl !== undefined && LOCAL.test(baseUrl);
}

/** The key, or an error that says where to put it. */
export function requireKey(name: string, key: string | undefined, baseUrl: string | undefined): string {
  const trimmed = key?.trim();
  if (trimmed) {
    if (/^[\x21-\x7e]+$/.test(trimmed)) return trimmed;
    throw inputError(`${name} holds a character that no key has: check it in .env or the environment`);
  }
  if (isLocal(baseUrl)) return "none";
  throw inputError(
    `${name} is not set: put it in .env or the environment (servers on this machine or network need none)`,
  );
}

/** Opens a chat model. Nothing is asked of it yet. Throws when a key is missing. */
export function openChat(settings: ChatSettings): Chat {
  const apiKey = requireKey("OPENAI_API_KEY", settings.apiKey, settings.baseUrl);
  const api = openApi({ ...settings, apiKey });
  return {
    facts: chatFacts(settings),
    ask: async (ask, signal) => {
      const body = JSON.stringify(requestBody(settings, ask));
      try {
        return await api.call({ method: "POST", path: "/chat/completions", body }, COMPLETION, signal);
      } catch (cause) {
        signal.throwIfAborted();
        const meaning = explain(cause, settings);
        if ("rejected" in meaning) return meaning;
        throw meaning.fatal;
      }
    },
  };
}

export function chatFacts(settings: Omit<ChatSettings, "concurrency" | "apiKey">) {
  return {
    model: settings.model,
    temperature: settings.temperature ?? null,
    max_completion_tokens: settings.maxCompletionTokens ?? null,
    base_url: settings.baseUrl ?? "the provider's own",
  };
}

/** The body of a chat completion. */
export function requestBody(
  settings: Pick<ChatSettings, "model" | "temperature" | "maxCompletionTokens" | "baseUrl">,
  { prompt, choices, topLogprobs }: Ask,
) {
  const { maxCompletionTokens: limit, baseUrl } = settings;
  return {
    model: settings.model,
    messages: [{ role: "user", content: prompt }],
    ...(settings.temperature !== undefined && { temperature: settings.temperature }),
    ...(limit !== undefined && { max_completion_tokens: limit }),
    // Many servers know the limit by its older name alone; OpenAI refuses the two together.
    ...(limit !== undefined && baseUrl !== undefined && !OPENAI.test(baseUrl) && { max_tokens: limit }),
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

/** What counts of a chat completion, as an answer. */
const COMPLETION = z
  .object({
    model: z.string().nullish(),
    choices: z
      .array(
        z.object({
          message: z.object({ content: z.string().nullish(), refusal: z.string().nullish() }),
          finish_reason: z.string().nullish(),
          logprobs: z
            .object({
              content: z
                .array(
                  z.object({ top_logprobs: z.array(z.object({ token: z.string(), logprob: z.number() })) }),
                )
                .nullish(),
            })
            .nullish(),
        }),
      )
      .min(1),
    usage: z.object({ prompt_tokens: z.number(), completion_tokens: z.number() }).nullish().catch(null),
  })
  .transform(({ model, choices: [choice], usage }): ChatAnswer => {
    const { message, finish_reason: finishReason, logprobs } = choice!;
    return {
      text: message.content ?? null,
      refusal: message.refusal ?? null,
      finishReason: finishReason ?? null,
      model: model ?? "",
      ...(usage && {
        usage: { promptTokens: usage.prompt_tokens, completionTokens: usage.completion_tokens },
      }),
      ...(logprobs?.content && { logprobs: logprobs.content.map(({ top_logprobs }) => top_logprobs) }),
    };
  });

/** A chat completion, from a batch, as an answer; null when it is none. */
export function readCompletion(completion: unknown): ChatAnswer | null {
  return COMPLETION.safeParse(completion).data ?? null;
}
