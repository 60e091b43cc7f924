import type { ApiError } from "./api-error.js";
import type { ChatSettings } from "./chat-settings.js";

/** What one request asks besides the settings. */
export interface Ask {
  readonly prompt: string;
  /** The answer is one of these words, enforced by the server where it can. */
  readonly choices?: readonly string[];
  /** How many alternatives to the answer's first token are wanted, with their log-probabilities. */
  readonly topLogprobs?: number;
}

/** The two names that servers have for the limit of an answer's tokens. Each knows one for sure; OpenAI refuses the two together. */
export type LimitName = "max_completion_tokens" | "max_tokens";

/** How a server wants to be asked, as far as that is known. */
export interface Dialect {
  readonly limitName: LimitName;
  /** Whether it can be told to answer with one of several words. */
  readonly structured: boolean;
}

const NEW_NAME =
  /^https:\/\/(?:[\w-]+\.)*(?:api\.openai\.com|openai\.azure\.com|cognitiveservices\.azure\.com|services\.ai\.azure\.com)(?=[:/?]|$)/i;

/** How a server is asked before it has said anything: OpenAI's models know the newer name, others the older one. */
export function usualDialect(baseUrl: string | undefined): Dialect {
  const isNew = baseUrl === undefined || NEW_NAME.test(baseUrl);
  return { limitName: isNew ? "max_completion_tokens" : "max_tokens", structured: true };
}

export interface ChatBody {
  readonly model: string;
  readonly messages: readonly { readonly role: string; readonly content: string }[];
  readonly max_tokens?: number;
  readonly max_completion_tokens?: number;
  readonly [field: string]: unknown;
}

/** The body of a chat completion. */
export function requestBody(
  settings: Omit<ChatSettings, "concurrency" | "apiKey">,
  { prompt, choices, topLogprobs }: Ask,
  { limitName, structured }: Dialect = usualDialect(settings.baseUrl),
): ChatBody {
  const { maxCompletionTokens: limit, temperature, reasoningEffort, chatTemplateKwargs } = settings;
  return {
    model: settings.model,
    messages: [{ role: "user", content: prompt }],
    ...(temperature !== undefined && { temperature }),
    ...(limit !== undefined && { [limitName]: limit }),
    ...(reasoningEffort !== undefined && { reasoning_effort: reasoningEffort }),
    ...(chatTemplateKwargs !== undefined && { chat_template_kwargs: chatTemplateKwargs }),
    ...(topLogprobs !== undefined && { logprobs: true, top_logprobs: topLogprobs }),
    ...(choices && structured && { response_format: oneOf(choices) }),
    ...settings.extraBody,
  };
}

function oneOf(choices: readonly string[]) {
  return {
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
  };
}

const NOT_KNOWN =
  /unsupported|not supported|does not support|unrecogni[sz]ed|unknown|not permitted|extra[_ ](?:input|forbidden|field)|unexpected|not allowed|instead|not (?:available|implemented|enabled)|invalid parameter/i;

/** Learns from refusals how a server wants to be asked: the other name of the limit, or no structured answer. Nothing that changes an answer is learnt. */
export class DialectLearner {
  private dialect: Dialect;
  private readonly refusedNames = new Set<LimitName>();

  constructor(baseUrl: string | undefined) {
    this.dialect = usualDialect(baseUrl);
  }

  get current(): Dialect {
    return this.dialect;
  }

  /** Whether a request that was refused can be sent in another way. */
  learn({ status, message, param }: ApiError, sent: Dialect, body: ChatBody): boolean {
    if (status !== 400 && status !== 422) return false;
    const words = `${param ?? ""} ${message}`;
    if ("response_format" in body && /response_format|json_schema|guided|structured output/i.test(words)) {
      this.dialect = { ...this.dialect, structured: false };
      return true;
    }
    const { limitName } = sent;
    if (!(limitName in body) || !NOT_KNOWN.test(message) || !new RegExp(`\\b${limitName}\\b`).test(words))
      return false;
    this.refusedNames.add(limitName);
    const other = limitName === "max_tokens" ? "max_completion_tokens" : "max_tokens";
    if (this.refusedNames.has(other)) return false;
    this.dialect = { ...this.dialect, limitName: other };
    return true;
  }
}
