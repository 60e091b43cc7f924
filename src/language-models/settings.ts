import type { ChatSettings } from "./client.js";

/** How a language model is asked, as configurations say it. */
export interface ChatChoice {
  readonly model?: string | undefined;
  readonly temperature?: number | undefined;
  readonly maxCompletionTokens?: number | undefined;
  readonly baseUrl?: string | undefined;
  readonly concurrency?: number | undefined;
}

/** The published model; with the published temperature it made the first results. */
const DEFAULT_MODEL = "gpt-4o-2024-08-06";
const ANTHROPIC_MODEL = "claude-sonnet-4-5";
const DEFAULT_TEMPERATURE = 0.7;
const DEFAULT_CONCURRENCY = 32;

interface ChatWorld {
  readonly chat: ChatChoice;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** How OpenAI, or a server that speaks like it, is asked. */
export function openAiSettings({ chat, environment }: ChatWorld): ChatSettings {
  return {
    model: chat.model ?? DEFAULT_MODEL,
    temperature: chat.temperature ?? (chat.model === undefined ? DEFAULT_TEMPERATURE : undefined),
    maxCompletionTokens: chat.maxCompletionTokens,
    baseUrl: chat.baseUrl ?? environment.OPENAI_BASE_URL,
    concurrency: chat.concurrency ?? DEFAULT_CONCURRENCY,
    apiKey: environment.OPENAI_API_KEY,
  };
}

/** How Anthropic is asked; a template's model of another provider does not count. */
export function anthropicSettings({ chat, environment }: ChatWorld): ChatSettings {
  return {
    ...openAiSettings({ chat, environment }),
    model: chat.model?.startsWith("gpt-") || chat.model === undefined ? ANTHROPIC_MODEL : chat.model,
    baseUrl: chat.baseUrl ?? environment.ANTHROPIC_BASE_URL,
    apiKey: environment.ANTHROPIC_API_KEY,
  };
}
