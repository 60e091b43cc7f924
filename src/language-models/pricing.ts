import { type SpendingLimit, unknownPrice } from "../domain/ledger.js";
import { type ChatSettings, isLocal } from "./chat-settings.js";
import { PRICES_OF, type Price, priceOf } from "./prices.js";

/** Counts the tokens of a text. */
export type TokenCounter = (prompt: string) => number;

/** What a chat request holds besides its text: marks around the one message, and the answer's beginning. */
const CHAT_TOKENS = 7;

/** The counter of a model's tokens, and whether it is the model's own tokenizer or the nearest that is at hand. */
export async function openCounter(model: string): Promise<{ count: TokenCounter; exact: boolean }> {
  const old = /^gpt-(?:3\.5|4(?:-|$))/.test(model);
  const { countTokens } = old
    ? await import("gpt-tokenizer/encoding/cl100k_base")
    : await import("gpt-tokenizer/encoding/o200k_base");
  // Marks such as <|endoftext|> in a text are text.
  const options = { disallowedSpecial: new Set<string>() };
  return {
    count: (prompt) => countTokens(prompt, options) + CHAT_TOKENS,
    exact: /^(?:gpt-|o\d|chatgpt-)/.test(model),
  };
}

/** A model that is paid: its price, and how its tokens are counted. */
export interface ModelPricing {
  readonly model: string;
  /** Null when it is not known. */
  readonly price: Price | null;
  readonly count: TokenCounter;
  /** Whether the tokens are counted with the model's own tokenizer. */
  readonly exact: boolean;
  /** Hidden tokens of reasoning to expect in each answer, which are billed as part of it. */
  readonly reasoningTokens: number;
}

/** How a model is billed, and where a user says so. */
export interface Billing {
  /** The user's own prices, live. */
  readonly prices: Price | undefined;
  readonly inBatches: boolean;
  readonly limit: SpendingLimit;
  /** The block of the configuration where `prices` stands, for example `scoring: judge`. */
  readonly where: string;
}

/** What those cost who send no bill. */
const FREE: Price = { prompt: 0, completion: 0 };

/** The pricing of what asks no one. */
export const NOBODY: ModelPricing = {
  model: "",
  price: FREE,
  count: () => 0,
  exact: true,
  reasoningTokens: 0,
};

/**
 * The pricing of a model. What the table lacks is free at an address of one's own; a model of a provider's is not, since
 * it is passed on to the provider, who sends the bill. Throws when there is a limit and the price is not known.
 */
export async function pricingOf(
  { model, baseUrl, reasoningEffort }: Pick<ChatSettings, "model" | "baseUrl" | "reasoningEffort">,
  { prices, inBatches, limit, where }: Billing,
): Promise<ModelPricing> {
  const price = priceOf(model, prices, inBatches) ?? (isLocal(baseUrl) ? FREE : null);
  if (price === null && limit.isLimited) throw unknownPrice(model, where, PRICES_OF);
  const reasoningTokens = reasoningTokensOf(model, reasoningEffort);
  return { model, price, ...(await openCounter(model)), reasoningTokens };
}

/** Models that reason before they answer unless they are told not to. */
const REASONS =
  /^(?:o\d|gpt-5(?!-chat)|gpt-oss|deepseek-(?:reasoner|r1)|gemini-(?:2\.5|3)-pro|grok-4|magistral|qwq)|think|reason(?!ing-off)/i;
/** Rounded guesses for a rewrite of a paragraph. They hold until the first answers tell. */
const BY_EFFORT: Readonly<Record<string, number>> = {
  none: 0,
  minimal: 0,
  low: 300,
  medium: 1000,
  high: 4000,
};

function reasoningTokensOf(model: string, effort: unknown): number {
  const name = model.slice(model.lastIndexOf("/") + 1);
  if (typeof effort === "string") return BY_EFFORT[effort] ?? BY_EFFORT.medium!;
  return REASONS.test(name) ? BY_EFFORT.medium! : 0;
}
