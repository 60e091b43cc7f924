import { type RateError, workError } from "../domain/errors.js";

/** So many answers that cannot be read, and so large a share of all, are no accident. */
const SEVERAL = 20;
const LEAST_SHARE = 0.1;

/** Why an answer counts for nothing, and how many there are of each kind. */
export type UnreadCounts = Readonly<Record<string, number>>;

/** Counts a judge's answers that are read and those that are not, and ends the work where hardly one is. */
export class Understanding {
  private read = 0;
  private readonly unread: Record<string, number> = {};
  private words: string | null = null;

  constructor(
    private readonly judge: string,
    /** What an answer is asked to be, in words. */
    private readonly asked: string,
  ) {}

  get counts(): UnreadCounts {
    return this.unread;
  }

  /** Words of an answer that could not be read; null where all could. */
  get example(): string | null {
    return this.words;
  }

  add(fault: { readonly missing: string; readonly detail: string } | null): void {
    if (fault === null) {
      this.read += 1;
      return;
    }
    this.unread[fault.missing] = (this.unread[fault.missing] ?? 0) + 1;
    this.words ??= fault.detail;
    const count = this.total;
    if (count >= SEVERAL && this.read < LEAST_SHARE * (count + this.read)) throw this.hopeless();
  }

  private get total(): number {
    return Object.values(this.unread).reduce((sum, count) => sum + count, 0);
  }

  private hopeless(): RateError {
    const { total, read } = this;
    return workError(
      `the judge ${this.judge} is not understood: ${total} of its ${total + read} answers are not ${this.asked}, for example: ${this.words}; ` +
        "what has been judged is kept; try another judge, a larger max_completion_tokens, or look at its answers with rate doctor --config",
    );
  }

  /** The losses in words; null where there are none. */
  text(what: string): string | null {
    const { total } = this;
    if (total === 0) return null;
    const each = Object.entries(this.unread).map(([reason, count]) => `${reason}: ${count}`);
    return `the judge ${this.judge} gave ${total} of ${total + this.read} texts no ${what} (${each.join(", ")}), for example: ${this.words}`;
  }
}
