import { dollars, type Ledger, type SpendingLimit } from "../domain/ledger.js";
import type { Rewriter, TokenUsage } from "../domain/rewriter.js";
import { costOf } from "./prices.js";
import type { ModelPricing } from "./pricing.js";

/** What has been asked and answered, in tokens and dollars. */
export interface Usage extends TokenUsage {
  readonly requests: number;
  /** Answers of earlier runs that were not asked for again. */
  readonly reused: number;
  /** US dollars; null when the model's price is not known. */
  readonly cost: number | null;
}

/** An answer, as far as its bill goes. */
export interface Billed {
  readonly usage?: TokenUsage;
  /** Whether it was at hand from an earlier run. */
  readonly reused?: boolean;
}

/** An answer may be so many times as long as is expected. */
const MARGIN = 1.5;

/** Keeps the account of a model in a command, and stops the command before it costs more than it may. */
export class Budget {
  private tally = { requests: 0, reused: 0, promptTokens: 0, completionTokens: 0 };
  /** Of the answers so far: their requests' tokens as they were counted, and what was billed. */
  private readonly seen = { answers: 0, counted: 0, promptTokens: 0, completionTokens: 0 };
  /** What gives back the sum set aside for an answer that has arrived, but does not count as spent yet. */
  private readonly held = new WeakMap<object, () => void>();

  constructor(
    private readonly pricing: ModelPricing,
    private readonly limit: SpendingLimit,
  ) {}

  /** An account in a command's ledger; `limit` is that of a part of the work, where it has one. */
  static open(name: string, pricing: ModelPricing, ledger: Ledger, limit = ledger.limit): Budget {
    const budget = new Budget(pricing, limit);
    ledger.enter(name, budget);
    return budget;
  }

  get usage(): Usage {
    const { price } = this.pricing;
    return { ...this.tally, cost: price && costOf(this.tally, price) };
  }

  /** Takes note of an answer; where its server does not say what it is billed and it has a price, `missing` does. */
  add(answer: Billed, missing: () => TokenUsage | null = () => null): void {
    this.held.get(answer)?.();
    if (answer.reused) {
      this.tally.reused += 1;
      return;
    }
    const usage = answer.usage ?? (this.isFree ? null : missing());
    const { promptTokens = 0, completionTokens = 0 } = usage ?? {};
    this.tally.requests += 1;
    this.tally.promptTokens += promptTokens;
    this.tally.completionTokens += completionTokens;
    const { price } = this.pricing;
    if (price) this.limit.pay(costOf({ promptTokens, completionTokens }, price));
  }

  private get isFree(): boolean {
    const { price } = this.pricing;
    return price !== null && price.prompt === 0 && price.completion === 0;
  }

  /** Gives back what was set aside for an answer as soon as it is added, so that it counts at every moment, and once. */
  holdUntilAdded(answer: object, free: () => void): void {
    this.held.set(answer, free);
  }

  /** What an answer was billed whose server does not say: its tokens as they are counted here. */
  measure(prompt: string, text: string): TokenUsage {
    const { count, reasoningTokens } = this.pricing;
    return { promptTokens: count(prompt), completionTokens: count(text) - count("") + reasoningTokens };
  }

  /** What an answer was billed of which nothing can be read: as much as was set aside for it. */
  assume(prompt: string): TokenUsage {
    const { promptTokens, completionTokens } = this.expected(prompt, undefined);
    return { promptTokens: Math.ceil(promptTokens), completionTokens: Math.ceil(completionTokens) };
  }

  /** Learns from what a request was billed how much the next ones may be. */
  learn(prompt: string, usage: TokenUsage | undefined): void {
    if (!this.limit.isLimited || !usage) return;
    this.seen.answers += 1;
    this.seen.counted += this.pricing.count(prompt);
    this.seen.promptTokens += usage.promptTokens;
    this.seen.completionTokens += usage.completionTokens;
  }

  /** What a request may be billed: the answers so far tell where they are longer than was thought. */
  private expected(prompt: string, answerTokens: number | undefined): TokenUsage {
    const { count, reasoningTokens } = this.pricing;
    const tokens = count(prompt);
    const { answers, counted, promptTokens, completionTokens } = this.seen;
    const guess = answerTokens ?? MARGIN * tokens;
    if (answers === 0) return { promptTokens: tokens, completionTokens: guess + MARGIN * reasoningTokens };
    const mean =
      answerTokens === undefined ? (tokens * completionTokens) / counted : completionTokens / answers;
    return {
      promptTokens: tokens * Math.max(1, promptTokens / counted),
      completionTokens: Math.max(guess, MARGIN * mean),
    };
  }

  private costOfAll(prompts: readonly string[], answerTokens: number | undefined): number {
    const { price } = this.pricing;
    if (!price) return 0;
    return prompts.reduce((sum, prompt) => sum + costOf(this.expected(prompt, answerTokens), price), 0);
  }

  /**
   * Sets aside what requests may cost; the returned function gives it back. `answerTokens` are those of each answer.
   * Without them an answer is taken to be 1.5 times as long as its prompt, or as answers have been so far where that is
   * more. Throws when that would pass the limit.
   */
  reserve(prompts: readonly string[], answerTokens?: number): () => void {
    if (!this.limit.isLimited) return () => undefined;
    const what =
      prompts.length === 1 ? "the next request and those under way" : `the next ${prompts.length} requests`;
    return this.limit.reserve(this.costOfAll(prompts, answerTokens), what);
  }

  /** The same for requests that are with the provider already: they will be billed, whatever the limit. */
  hold(prompts: readonly string[]): () => void {
    return this.limit.isLimited ? this.limit.hold(this.costOfAll(prompts, undefined)) : () => undefined;
  }

  /** The same rewriter, that asks only what the limit allows. One that answers in bulk keeps its account itself. */
  guard(rewriter: Rewriter): Rewriter {
    if (!rewriter.paid || !this.limit.isLimited || rewriter.kind !== "each") return rewriter;
    let first: Promise<unknown> | null = null;
    const ask: typeof rewriter.rewrite = async (request, signal) => {
      const free = this.reserve([request.prompt]);
      try {
        const answer = await rewriter.rewrite(request, signal);
        this.learn(request.prompt, answer.usage);
        this.holdUntilAdded(answer, free);
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
}

/** What was used, in words. */
export function usageText(name: string, usage: Usage): string {
  const number = (value: number) => value.toLocaleString("en-US");
  const tokens = `${number(usage.promptTokens)} tokens asked, ${number(usage.completionTokens)} answered`;
  const reused = usage.reused > 0 ? `, ${number(usage.reused)} answers of earlier runs` : "";
  const cost = usage.cost === null ? "at a price that is not known" : dollars(usage.cost);
  return `${name}: ${number(usage.requests)} answers, ${tokens}${reused}: ${cost}`;
}
