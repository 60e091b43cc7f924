import { dollars } from "../domain/ledger.js";
import { costOf } from "./prices.js";
import type { ModelPricing } from "./pricing.js";

/** What will be asked of a model and cost, as far as that can be known before. */
export interface Estimate {
  readonly what: "rewrites" | "judgements" | "scores";
  readonly model: string;
  readonly requests: number;
  /** Requests asked a second time since their first answer is of no use, as a rule of thumb; tokens and cost count them. */
  readonly repeats: number;
  readonly promptTokens: number;
  readonly completionTokens: number;
  /** Whether the tokens were counted with the model's own tokenizer. */
  readonly exact: boolean;
  readonly cost: number | null;
}

/** Share of the answers that are refused, cut off or unusable, and asked for again. */
const REPEATS = 0.03;

/** Adds up what will be asked of a model. */
export class CostForecast {
  private readonly total = { requests: 0, promptTokens: 0, completionTokens: 0 };

  constructor(private readonly pricing: ModelPricing) {}

  /** So many requests with as many tokens each. Hidden reasoning is added to the answer's. */
  add(requests: number, promptTokens: number, completionTokens: number): void {
    this.total.requests += requests;
    this.total.promptTokens += requests * promptTokens;
    this.total.completionTokens += requests * (completionTokens + this.pricing.reasoningTokens);
  }

  estimate(what: Estimate["what"]): Estimate {
    const { model, price, exact } = this.pricing;
    const { requests } = this.total;
    const withRepeats = (tokens: number) => Math.ceil((1 + REPEATS) * tokens);
    const tokens = {
      promptTokens: withRepeats(this.total.promptTokens),
      completionTokens: withRepeats(this.total.completionTokens),
    };
    const repeats = Math.round(REPEATS * requests);
    return { what, model, requests, repeats, ...tokens, exact, cost: price && costOf(tokens, price) };
  }
}

/** What several models cost together; null when the price of one that is asked is not known. */
export function totalCost(
  parts: readonly { readonly cost: number | null; readonly requests?: number }[],
): number | null {
  return parts.reduce<number | null>(
    (sum, { cost, requests }) => (requests === 0 ? sum : sum === null || cost === null ? null : sum + cost),
    0,
  );
}

const REQUESTS: Readonly<Record<Estimate["what"], string>> = {
  rewrites: "requests",
  judgements: "judgements",
  scores: "scores",
};

/** An estimate in words. */
export function estimateText(name: string, estimate: Estimate): string {
  const number = (value: number) => value.toLocaleString("en-US");
  const asked = `${number(estimate.requests)} ${REQUESTS[estimate.what]} to ${estimate.model}`;
  const tokens = `${number(estimate.promptTokens)} tokens asked, about ${number(estimate.completionTokens)} answered`;
  const cost = estimate.cost === null ? "at a price that is not known" : `about ${dollars(estimate.cost)}`;
  const notes = [
    ...(estimate.repeats > 0 ? [`with about ${number(estimate.repeats)} asked a second time`] : []),
    ...(estimate.exact ? [] : ["counted with a tokenizer near the model's"]),
  ];
  return `${name}: ${asked}, ${tokens}${notes.length > 0 ? ` (${notes.join("; ")})` : ""}: ${cost}`;
}
