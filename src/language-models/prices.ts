import type { TokenUsage } from "../domain/rewriter.js";

/** What a model costs, in US dollars for a million tokens. */
export interface Price {
  readonly prompt: number;
  readonly completion: number;
}

/** When the table below was put together. Providers change prices: the configuration's `prices` win. */
export const PRICES_OF = "2025-11";

/** The providers' list prices of live requests, by the model's name without its date. */
const PRICES: Readonly<Record<string, Price>> = {
  "gpt-3.5-turbo": { prompt: 0.5, completion: 1.5 },
  "gpt-4-turbo": { prompt: 10, completion: 30 },
  "gpt-4o": { prompt: 2.5, completion: 10 },
  "gpt-4o-2024-05-13": { prompt: 5, completion: 15 },
  "gpt-4o-mini": { prompt: 0.15, completion: 0.6 },
  "gpt-4.1": { prompt: 2, completion: 8 },
  "gpt-4.1-mini": { prompt: 0.4, completion: 1.6 },
  "gpt-4.1-nano": { prompt: 0.1, completion: 0.4 },
  "gpt-5": { prompt: 1.25, completion: 10 },
  "gpt-5-mini": { prompt: 0.25, completion: 2 },
  "gpt-5-nano": { prompt: 0.05, completion: 0.4 },
  o3: { prompt: 2, completion: 8 },
  "o4-mini": { prompt: 1.1, completion: 4.4 },
  "claude-3-5-haiku": { prompt: 0.8, completion: 4 },
  "claude-haiku-4-5": { prompt: 1, completion: 5 },
  "claude-3-7-sonnet": { prompt: 3, completion: 15 },
  "claude-sonnet-4": { prompt: 3, completion: 15 },
  "claude-sonnet-4-5": { prompt: 3, completion: 15 },
  "claude-opus-4": { prompt: 15, completion: 75 },
  "claude-opus-4-1": { prompt: 15, completion: 75 },
  "claude-opus-4-5": { prompt: 5, completion: 25 },
};

/** Batches cost half, with both providers. */
const BATCH = 0.5;

/** The end of a name that says only which release of a model is meant: -2024-08-06, -20250514, @20250514, -0125, -latest. */
const RELEASE = /[-@](?:20\d{2}-\d{2}-\d{2}|20\d{6}|(?:0[1-9]|1[0-2])(?:[0-2]\d|3[01])|latest)$/;

/**
 * The price of a model, from the configuration or the table, halved for batches; null when it is not known. The table knows a model by its whole name, with or
 * without a date: any other ending may be another model at another price (gpt-5-pro costs ten times as much as gpt-5).
 */
export function priceOf(model: string, own: Price | undefined, inBatches: boolean): Price | null {
  const price = own ?? listed(model) ?? listed(model.replace(RELEASE, ""));
  if (!price) return null;
  const share = inBatches ? BATCH : 1;
  return { prompt: share * price.prompt, completion: share * price.completion };
}

function listed(name: string): Price | undefined {
  return Object.hasOwn(PRICES, name) ? PRICES[name] : undefined;
}

/** What tokens cost, in US dollars. */
export function costOf({ promptTokens, completionTokens }: TokenUsage, price: Price): number {
  return (promptTokens * price.prompt + completionTokens * price.completion) / 1e6;
}
