import { inputError, workError } from "../domain/errors.js";
import type { RewriteAnswer, RewriteRequest, Rewriter, TokenUsage } from "../domain/rewriter.js";
import { type ChatSettings, isLocal } from "./chat-settings.js";
import { costOf, dollars, PRICES_OF, type Price, priceOf } from "./prices.js";

/** Counts the tokens of a request. */
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
}

/** How a model is billed, and where a user says so. */
export interface Billing {
  /** The user's own prices, live. */
  readonly prices: Price | undefined;
  readonly inBatches: boolean;
  /** Dollars that may be spent; null or undefined for no limit. */
  readonly limit: number | null | undefined;
  /** The part of the configuration where `prices` stands. */
  readonly where: string;
}

/**
 * The pricing of a model. What the table lacks is free at an address of one's own; a model of a provider's is not, since it is passed on to the provider, who sends the bill. Throws when
 * there is a limit and the price is not known.
 */
export async function pricingOf(
  { model, baseUrl }: Pick<ChatSettings, "model" | "baseUrl">,
  { prices, inBatches, limit, where }: Billing,
): Promise<ModelPricing> {
  const price = priceOf(model, prices, inBatches) ?? (isLocal(baseUrl) ? FREE : null);
  if (price === null && limit != null)
    throw inputError(
      `--max-cost: the price of ${model} is not known (table of ${PRICES_OF}); give it in the configuration (prices: {prompt: …, completion: …}, under ${where})`,
    );
  return { model, price, ...(await openCounter(model)) };
}

/** What those cost who send no bill. */
export const FREE: Price = { prompt: 0, completion: 0 };

/** Dollars that may be spent, whoever is paid. */
export class SpendingLimit {
  spent = 0;
  /** Set aside for what is under way. */
  reserved = 0;

  constructor(readonly limit: number | null) {}

  /** What has been spent, in words; nothing where nothing is billed. */
  get note(): string {
    return this.spent > 0 ? `${dollars(this.spent)} so far` : "";
  }
}

/** What has been asked and answered, in tokens and dollars. */
export interface Usage extends TokenUsage {
  readonly requests: number;
  /** Answers of earlier runs that were not asked for again. */
  readonly reused: number;
  /** US dollars; null when the model's price is not known. */
  readonly cost: number | null;
}

/** An answer may be so many times as long as is expected. */
const MARGIN = 1.5;

/** Keeps the account of a model in a run, and stops the run before it costs more than it may. */
export class Budget {
  private tally = { requests: 0, reused: 0, promptTokens: 0, completionTokens: 0 };
  /** Of the answers so far: their requests' tokens as they were counted, and what was billed. */
  private readonly seen = { answers: 0, counted: 0, promptTokens: 0, completionTokens: 0 };
  /** What gives back the sum set aside for an answer that has arrived, but does not count as spent yet. */
  private readonly held = new WeakMap<object, () => void>();

  constructor(
    private readonly pricing: Pick<ModelPricing, "price" | "count">,
    private readonly spendingLimit: SpendingLimit,
  ) {}

  get usage(): Usage {
    const { price } = this.pricing;
    return { ...this.tally, cost: price && costOf(this.tally, price) };
  }

  /** Takes note of an answer. */
  add(answer: { readonly usage?: TokenUsage; readonly reused?: boolean }): void {
    this.held.get(answer)?.();
    if (answer.reused) {
      this.tally.reused += 1;
      return;
    }
    const { promptTokens = 0, completionTokens = 0 } = answer.usage ?? {};
    this.tally.requests += 1;
    this.tally.promptTokens += promptTokens;
    this.tally.completionTokens += completionTokens;
    const { price } = this.pricing;
    if (price) this.spendingLimit.spent += costOf({ promptTokens, completionTokens }, price);
  }

  /** Learns from what a request was billed how much the next ones may be. */
  learn(prompt: string, usage: TokenUsage | undefined): void {
    if (this.spendingLimit.limit === null || !usage) return;
    this.seen.answers += 1;
    this.seen.counted += this.pricing.count(prompt);
    this.seen.promptTokens += usage.promptTokens;
    this.seen.completionTokens += usage.completionTokens;
  }

  /** What a request may be billed: the answers so far tell where they are longer than was thought. */
  private expected(prompt: string, answerTokens: number | undefined): TokenUsage {
    const tokens = this.pricing.count(prompt);
    const { answers, counted, promptTokens, completionTokens } = this.seen;
    if (answers === 0) return { promptTokens: tokens, completionTokens: answerTokens ?? MARGIN * tokens };
    const mean =
      answerTokens === undefined ? (tokens * completionTokens) / counted : completionTokens / answers;
    return {
      promptTokens: tokens * Math.max(1, promptTokens / counted),
      completionTokens: Math.max(answerTokens ?? MARGIN * tokens, MARGIN * mean),
    };
  }

  /**
   * Sets aside what requests may cost; the returned function gives it back. `answerTokens` are those of each answer: else it is taken to be half as long again as its prompt, or as answers
   * have been so far where that is more. Throws when that would pass the limit.
   */
  reserve(prompts: readonly string[], answerTokens?: number): () => void {
    const { spendingLimit } = this;
    const { price } = this.pricing;
    if (spendingLimit.limit === null || !price) return () => undefined;
    const cost = prompts.reduce((sum, prompt) => sum + costOf(this.expected(prompt, answerTokens), price), 0);
    if (spendingLimit.spent + spendingLimit.reserved + cost > spendingLimit.limit) {
      throw workError(
        `the limit of ${dollars(spendingLimit.limit)} would be passed: ${dollars(spendingLimit.spent)} spent, ${dollars(spendingLimit.reserved + cost)} more needed for ` +
          `${prompts.length === 1 ? "the next request and those under way" : `the next ${prompts.length} requests`}; ` +
          "what has been answered is kept: the same command with a larger --max-cost goes on",
      );
    }
    spendingLimit.reserved += cost;
    return () => {
      spendingLimit.reserved -= cost;
    };
  }

  /** The same rewriter, that asks only what the limit allows. */
  guard(rewriter: Rewriter): Rewriter {
    if (!rewriter.paid || this.spendingLimit.limit === null) return rewriter;
    if (rewriter.kind === "each") {
      let first: Promise<unknown> | null = null;
      const ask: typeof rewriter.rewrite = async (request, signal) => {
        const free = this.reserve([request.prompt]);
        try {
          const answer = await rewriter.rewrite(request, signal);
          this.learn(request.prompt, answer.usage);
          this.held.set(answer, free);
          return answer;
        } catch (cause) {
          free();
          throw cause;
        }
      };
      const rewrite: typeof rewriter.rewrite = async (request, signal) => {
        if (first) {
          await first;
          return ask(request, signal);
        }
        // What the first answer costs is known before many are under way.
        const alone = ask(request, signal);
        first = alone.catch(() => undefined);
        return alone;
      };
      return { ...rewriter, rewrite };
    }
    const reserve = (request: RewriteRequest) => this.reserve([request.prompt]);
    const learn = ({ request, usage }: RewriteAnswer) => this.learn(request.prompt, usage);
    const rewriteAll: typeof rewriter.rewriteAll = async function* (requests, signal) {
      const frees: (() => void)[] = [];
      const reserved = async function* () {
        for await (const request of requests) {
          frees.push(reserve(request));
          yield request;
        }
      };
      try {
        for await (const answer of rewriter.rewriteAll(reserved(), signal)) {
          learn(answer);
          yield answer;
        }
      } finally {
        for (const free of frees) free();
      }
    };
    return { ...rewriter, rewriteAll };
  }
}

/** What will be asked of a model and cost, as far as that can be known before. */
export interface Estimate {
  readonly what: "rewrites" | "judgements";
  readonly model: string;
  readonly requests: number;
  readonly promptTokens: number;
  readonly completionTokens: number;
  /** Whether the tokens were counted with the model's own tokenizer. */
  readonly exact: boolean;
  readonly cost: number | null;
}

/** Adds up what will be asked of a model. */
export class CostForecast {
  private readonly total = { requests: 0, promptTokens: 0, completionTokens: 0 };

  constructor(private readonly pricing: ModelPricing) {}

  /** So many requests with as many tokens each. */
  add(requests: number, promptTokens: number, completionTokens: number): void {
    this.total.requests += requests;
    this.total.promptTokens += requests * promptTokens;
    this.total.completionTokens += requests * completionTokens;
  }

  estimate(what: Estimate["what"]): Estimate {
    const { model, price, exact } = this.pricing;
    return { what, model, ...this.total, exact, cost: price && costOf(this.total, price) };
  }
}

/** What several models cost together; null when the price of one is not known. */
export function totalCost(parts: readonly { readonly cost: number | null }[]): number | null {
  return parts.reduce<number | null>(
    (sum, { cost }) => (sum === null || cost === null ? null : sum + cost),
    0,
  );
}

/** What was used, in words. */
export function usageText(name: string, usage: Usage): string {
  const number = (value: number) => value.toLocaleString("en-US");
  const tokens = `${number(usage.promptTokens)} tokens asked, ${number(usage.completionTokens)} answered`;
  const reused = usage.reused > 0 ? `, ${number(usage.reused)} answers of earlier runs` : "";
  const cost = usage.cost === null ? "at a price that is not known" : dollars(usage.cost);
  return `${name}: ${number(usage.requests)} answers, ${tokens}${reused}: ${cost}`;
}

/** An estimate in words. */
export function estimateText(name: string, estimate: Estimate): string {
  const number = (value: number) => value.toLocaleString("en-US");
  const asked = `${number(estimate.requests)} ${estimate.what === "rewrites" ? "requests" : "judgements"} to ${estimate.model}`;
  const tokens = `${number(estimate.promptTokens)} tokens asked, about ${number(estimate.completionTokens)} answered`;
  const cost = estimate.cost === null ? "at a price that is not known" : `about ${dollars(estimate.cost)}`;
  const counted = estimate.exact ? "" : " (counted with a tokenizer near the model's)";
  return `${name}: ${asked}, ${tokens}${counted}: ${cost}`;
}
