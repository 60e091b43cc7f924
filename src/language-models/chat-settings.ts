import { inputError } from "../domain/errors.js";
import type { Json } from "../domain/example.js";
import type { ApiSettings } from "./api.js";

/** How a chat model is asked. */
export interface ChatSettings extends ApiSettings {
  readonly model: string;
  /** Left to the server where absent. */
  readonly temperature?: number | undefined;
  readonly maxCompletionTokens?: number | undefined;
  /** Requests under way at once, at most. */
  readonly concurrency: number;
  /** Fields that a server has of its own, added to each request. */
  readonly extraBody?: Readonly<Record<string, Json>> | undefined;
  readonly reasoningEffort?: string | undefined;
  readonly chatTemplateKwargs?: Readonly<Record<string, Json>> | undefined;
}

/** What decides answers. What most configurations do not say is absent where it is not said, so that answers of earlier versions are recognised. */
export function chatFacts(settings: Omit<ChatSettings, "concurrency" | "apiKey">): Record<string, unknown> {
  const { query, extraBody, reasoningEffort, chatTemplateKwargs } = settings;
  return {
    model: settings.model,
    temperature: settings.temperature ?? null,
    max_completion_tokens: settings.maxCompletionTokens ?? null,
    base_url: settings.baseUrl ?? "the provider's own",
    ...(query && { query }),
    ...(reasoningEffort !== undefined && { reasoning_effort: reasoningEffort }),
    ...(chatTemplateKwargs && { chat_template_kwargs: chatTemplateKwargs }),
    ...(extraBody && { extra_body: extraBody }),
  };
}

/** Addresses of this machine and of private networks, and names without a dot, such as those of a cluster's nodes. */
const LOCAL =
  /^https?:\/\/(?:(?:127|10)\.|0\.0\.0\.0|\[::1\]|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.|[a-z][\w-]*(?=[:/]|$))/i;

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
