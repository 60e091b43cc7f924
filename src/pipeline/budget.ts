import { workError } from "../domain/errors.js";
import type { RewriteRequest, Rewriter, TokenUsage } from "../domain/rewriter.js";
import { costOf, dollars, type Price } from "../pricing/prices.js";

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

/** What has been asked and answered, in tokens and dollars. */
export interface Usage extends TokenUsage {
  readonly requests: number;
  /** Answers of earlier runs that were not asked for again. */
  readonly reused: number;
  /** US dollars; null when the model's price is not known. */
  readonly cost: number | null;
}

/** Keeps the account of a run, and stops it before it costs more than it may. */
export class Budget {
  private spent = 0;
  private reserved = 0;
  private tally = { requests: 0, reused: 0, promptTokens: 0, completionTokens: 0 };

  constructor(
    private readonly price: Price | null,
    private readonly count: TokenCounter,
    private readonly maxCost: number | null,
  ) {}

  get usage(): Usage {
    return { ...this.tally, cost: this.price && costOf(this.tally, this.price) };
  }

  /** What has been spent, in words; nothing where nothing is billed. */
  get note(): string {
    return this.spent > 0 ? `${dollars(this.spent)} so far` : "";
  }

  /** Takes note of an answer. */
  add(answer: { readonly usage?: TokenUsage; readonly reused?: boolean }): void {
    if (answer.reused) {
      this.tally.reused += 1;
      return;
    }
    const { promptTokens = 0, completionTokens = 0 } = answer.usage ?? {};
    this.tally.requests += 1;
    this.tally.promptTokens += promptTokens;
    this.tally.completionTokens += completionTokens;
    if (this.price) this.spent += costOf({ promptTokens, completionTokens }, this.price);
  }

  /** Sets aside what requests may cost; the returned function gives it back. Throws when that would pass the limit. */
  reserve(prompts: readonly string[]): () => void {
    if (this.maxCost === null || !this.price) return () => undefined;
    const price = this.price;
    const cost = prompts.reduce((sum, prompt) => {
      const tokens = this.count(prompt);
      // An answer is about as long as the text; half as much again is set aside.
      return sum + costOf({ promptTokens: tokens, completionTokens: 1.5 * tokens }, price);
    }, 0);
    if (this.spent + this.reserved + cost > this.maxCost) {
      throw workError(
        `the limit of ${dollars(this.maxCost)} would be passed: ${dollars(this.spent)} spent, ${dollars(this.reserved + cost)} more needed for ` +
          `${prompts.length === 1 ? "the next request and those under way" : `the next ${prompts.length} requests`}; ` +
          "what has been answered is kept: the same command with a larger --max-cost goes on",
      );
    }
    this.reserved += cost;
    return () => {
      this.reserved -= cost;
    };
  }

  /** The same rewriter, that asks only what the limit allows. */
  guard(rewriter: Rewriter): Rewriter {
    if (!rewriter.paid || this.maxCost === null) return rewriter;
    if (rewriter.kind === "each") {
      const rewrite: typeof rewriter.rewrite = async (request, signal) => {
        const free = this.reserve([request.prompt]);
        try {
          return await rewriter.rewrite(request, signal);
        } finally {
          free();
        }
      };
      return { ...rewriter, rewrite };
    }
    const reserve = (request: RewriteRequest) => this.reserve([request.prompt]);
    const rewriteAll: typeof rewriter.rewriteAll = async function* (requests, signal) {
      const frees: (() => void)[] = [];
      const reserved = async function* () {
        for await (const request of requests) {
          frees.push(reserve(request));
          yield request;
        }
      };
      try {
        yield* rewriter.rewriteAll(reserved(), signal);
      } finally {
        for (const free of frees) free();
      }
    };
    return { ...rewriter, rewriteAll };
  }
}

/** What a data set's rewrites will ask and cost, as far as that can be known before. */
export interface Estimate {
  readonly requests: number;
  /** Counted with the model's tokenizer. */
  readonly promptTokens: number;
  /** Taken to be as many as the rewritten texts have. */
  readonly completionTokens: number;
  /** Whether the tokens were counted with the model's own tokenizer. */
  readonly exact: boolean;
  readonly cost: number | null;
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
export function estimateText(name: string, estimate: Estimate, model: string): string {
  const number = (value: number) => value.toLocaleString("en-US");
  const tokens = `${number(estimate.promptTokens)} tokens asked, about ${number(estimate.completionTokens)} answered`;
  const cost = estimate.cost === null ? "at a price that is not known" : `about ${dollars(estimate.cost)}`;
  const counted = estimate.exact ? "" : " (counted with a tokenizer near the model's)";
  return `${name}: ${number(estimate.requests)} requests to ${model}, ${tokens}${counted}: ${cost}`;
}
