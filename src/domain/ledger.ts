/** The money of a command. */

import { inputError, workError } from "./errors.js";

/** Dollars as people read them: cents, and more digits below a cent. */
export function dollars(amount: number): string {
  if (amount === 0) return "$0";
  return amount >= 0.01 ? `$${amount.toFixed(2)}` : `$${amount.toPrecision(2)}`;
}

/** Dollars that may be spent, whoever is paid. A part of the work may have a lower limit within that of the whole. */
export class SpendingLimit {
  /** Dollars that have been billed. */
  spent = 0;
  /** Dollars set aside for what is under way. */
  reserved = 0;

  /** `setting` is where a user gives the limit. */
  constructor(
    readonly limit: number | null,
    private readonly whole: SpendingLimit | null = null,
    private readonly setting = "--max-cost",
  ) {}

  /** Whether anything limits what is spent. */
  get isLimited(): boolean {
    return this.limit !== null || (this.whole?.isLimited ?? false);
  }

  /** A limit for a part of the work; without a number of its own it is the same limit. */
  below(limit: number | null | undefined, setting: string): SpendingLimit {
    return limit == null ? this : new SpendingLimit(limit, this, setting);
  }

  pay(cost: number): void {
    this.spent += cost;
    this.whole?.pay(cost);
  }

  /** Sets aside what is already promised, whatever the limit; the returned function gives it back. */
  hold(cost: number): () => void {
    this.change(cost);
    return () => this.change(-cost);
  }

  /** The same for something new (`what` it is, in words). Throws when that would pass a limit. */
  reserve(cost: number, what: string): () => void {
    this.require(cost, what);
    return this.hold(cost);
  }

  private change(cost: number): void {
    this.reserved += cost;
    this.whole?.change(cost);
  }

  private require(cost: number, what: string): void {
    this.whole?.require(cost, what);
    if (this.limit === null || this.spent + this.reserved + cost <= this.limit) return;
    throw workError(
      `the limit of ${dollars(this.limit)} would be passed: ${dollars(this.spent)} spent, ` +
        `${dollars(this.reserved + cost)} more needed for ${what}; ` +
        `what has been answered is kept: the same command with a larger ${this.setting} goes on`,
    );
  }
}

/** Someone who is paid, and what they have got so far in US dollars; null where their price is not known. */
export interface Account {
  readonly usage: { readonly requests: number; readonly cost: number | null };
}

/** What a command spends: one limit over all who are paid, and the account of each. */
export class Ledger {
  private readonly accounts = new Map<string, Account>();

  constructor(readonly limit: SpendingLimit = new SpendingLimit(null)) {}

  enter(name: string, account: Account): void {
    this.accounts.set(name, account);
  }

  /** What has been spent so far, in words; nothing where nothing is billed. */
  get note(): string {
    return this.limit.spent > 0 ? `${dollars(this.limit.spent)} so far` : "";
  }

  /** What all accounts come to, in a line; null where fewer than two were billed, so that there is nothing to add up. */
  get text(): string | null {
    const used = [...this.accounts.values()].filter(({ usage }) => usage.requests > 0 && usage.cost !== 0);
    if (used.length < 2) return null;
    const unknown = used.some(({ usage }) => usage.cost === null);
    const most = this.limit.limit === null ? "" : ` of at most ${dollars(this.limit.limit)}`;
    return `spent in all: ${dollars(this.limit.spent)}${most}${unknown ? ", and what has no known price" : ""}`;
  }
}

/** The error for a limit that nothing can keep, since a price is not known. `where` is the block of the configuration. */
export function unknownPrice(model: string, where: string, tableOf: string): Error {
  return inputError(
    `--max-cost: the price of ${model} is not known (table of ${tableOf}), so no limit can be kept; ` +
      `give it in the configuration, in dollars for a million tokens: ${where}: prices: {prompt: …, completion: …}`,
  );
}
