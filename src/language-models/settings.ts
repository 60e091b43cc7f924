import { type ChatConfig, ENVIRONMENT_NAME } from "../domain/config/chat.js";
import { inputError } from "../domain/errors.js";
import type { Json } from "../domain/example.js";
import type { ChatSettings } from "./chat-settings.js";
import { type Environment, networkOf } from "./network.js";

/** How a language model is asked, as configurations say it. */
export interface ChatChoice {
  readonly model?: string | undefined;
  /** Null: left to the server. */
  readonly temperature?: number | null | undefined;
  readonly maxCompletionTokens?: number | undefined;
  readonly baseUrl?: string | undefined;
  readonly concurrency?: number | undefined;
  /** With names of environment variables in place of keys. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly query?: Readonly<Record<string, string>> | undefined;
  readonly extraBody?: Readonly<Record<string, Json>> | undefined;
  readonly reasoningEffort?: string | undefined;
  readonly chatTemplateKwargs?: Readonly<Record<string, Json>> | undefined;
}

/** The published model; with the published temperature it made the first results. */
const DEFAULT_MODEL = "gpt-4o-2024-08-06";
const ANTHROPIC_MODEL = "claude-sonnet-4-5";
const DEFAULT_TEMPERATURE = 0.7;
const DEFAULT_CONCURRENCY = 32;

/** What a configuration says of a language model; what it does not say is absent. */
export function chatChoice(config: ChatConfig): ChatChoice {
  const choice: ChatChoice = {
    model: config.model,
    temperature: config.temperature,
    maxCompletionTokens: config.max_completion_tokens,
    baseUrl: config.base_url,
    concurrency: config.concurrency,
    headers: config.headers,
    query: config.query,
    extraBody: config.extra_body as ChatChoice["extraBody"],
    reasoningEffort: config.reasoning_effort,
    chatTemplateKwargs: config.chat_template_kwargs as ChatChoice["chatTemplateKwargs"],
  };
  return Object.fromEntries(Object.entries(choice).filter(([, value]) => value !== undefined));
}

/** The part of a choice that decides answers: speed and keys do not. */
export function decisiveChoice({ concurrency: _, headers: __, ...rest }: ChatChoice): ChatChoice {
  return rest;
}

interface ChatWorld {
  readonly chat: ChatChoice;
  readonly environment: Environment;
  /** Told when a server asks to be waited for. */
  readonly say?: (line: string) => void;
}

/** How OpenAI, or a server that speaks like it, is asked. */
export function openAiSettings({ chat, environment, say }: ChatWorld): ChatSettings {
  const usual = chat.model === undefined ? DEFAULT_TEMPERATURE : undefined;
  return {
    model: chat.model ?? DEFAULT_MODEL,
    temperature: chat.temperature === null ? undefined : (chat.temperature ?? usual),
    maxCompletionTokens: chat.maxCompletionTokens,
    baseUrl: chat.baseUrl ?? environment.OPENAI_BASE_URL,
    concurrency: chat.concurrency ?? DEFAULT_CONCURRENCY,
    apiKey: environment.OPENAI_API_KEY,
    headers: filledHeaders(chat.headers, environment),
    query: chat.query,
    extraBody: chat.extraBody,
    reasoningEffort: chat.reasoningEffort,
    chatTemplateKwargs: chat.chatTemplateKwargs,
    network: networkOf(environment),
    ...(say && { say }),
  };
}

/** How Anthropic is asked; a template's model of another provider does not count. */
export function anthropicSettings({ chat, environment, say }: ChatWorld): ChatSettings {
  return {
    ...openAiSettings({ chat, environment, ...(say && { say }) }),
    model: chat.model?.startsWith("gpt-") || chat.model === undefined ? ANTHROPIC_MODEL : chat.model,
    baseUrl: chat.baseUrl ?? environment.ANTHROPIC_BASE_URL,
    apiKey: environment.ANTHROPIC_API_KEY,
  };
}

/** How a judge is asked: at temperature 0 where nothing else is said. */
export function judgeSettings(world: ChatWorld): ChatSettings {
  const { temperature } = world.chat;
  return openAiSettings({
    ...world,
    chat: { ...world.chat, temperature: temperature === undefined ? 0 : temperature },
  });
}

/** Headers with their keys. Throws when the environment lacks one. */
function filledHeaders(
  headers: ChatChoice["headers"],
  environment: Environment,
): Readonly<Record<string, string>> | undefined {
  if (!headers) return undefined;
  return Object.fromEntries(
    Object.entries(headers).map(([header, value]) => [
      header.toLowerCase(),
      value.replace(ENVIRONMENT_NAME, (_, name: string) => {
        const found = environment[name]?.trim();
        if (found && /^[\x20-\x7e]+$/.test(found)) return found;
        throw inputError(
          `headers: ${header} needs the environment variable ${name}, which ${found ? "holds a character that no header may have" : "is not set"}: put it in .env or the environment`,
        );
      }),
    ]),
  );
}
