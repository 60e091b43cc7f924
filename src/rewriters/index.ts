import type { ChatSettings } from "../chat/client.js";
import type { Attribute } from "../domain/attribute.js";
import type { Rewriter } from "../domain/rewriter.js";
import { openAnthropicBatch } from "./anthropic-batch.js";
import type { BatchStore } from "./batches/ledger.js";
import type { BatchSettings } from "./batches/run.js";
import { openBuiltin } from "./builtin/index.js";
import { openOpenAi } from "./openai.js";
import { openOpenAiBatch } from "./openai-batch.js";

/** What a rewriter has to know of the data set, of the configuration, and of the world. */
export interface RewriterSetting {
  readonly attribute: Attribute;
  readonly rule: { readonly threshold: number } | null;
  readonly chat: ChatChoice;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly store: BatchStore;
  readonly batch: BatchSettings;
}

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

/** Rewriters by the names that configurations use. */
const REWRITERS = {
  builtin: openBuiltin,
  openai: (setting) => openOpenAi(openAiSettings(setting)),
  "openai-batch": (setting) => openOpenAiBatch(openAiSettings(setting), setting.store, setting.batch),
  "anthropic-batch": (setting) =>
    openAnthropicBatch(anthropicSettings(setting), setting.store, setting.batch),
} satisfies Record<string, (setting: RewriterSetting) => Rewriter>;

export type RewriterName = keyof typeof REWRITERS;

type ChatWorld = Pick<RewriterSetting, "chat" | "environment">;

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

/** Opens a rewriter for an attribute. Throws when it cannot rewrite that attribute, or lacks a key. */
export function openRewriter(name: RewriterName, setting: RewriterSetting): Rewriter {
  return REWRITERS[name](setting);
}
