/** Whether the lines of a batch's results account for it. */

import type { TokenUsage } from "../../domain/rewriter.js";
import type { BatchReply, BatchStatus, ResultFile, Unreadable } from "./provider.js";

/** What the lines of a batch's results come to. Only ids and faults are kept: the answers stay on the disk. */
export class Tally {
  /** Requests with an answer, which is billed, readable or not. */
  readonly answered = new Set<string>();
  /** Requests that failed or were rejected, which is not billed. */
  readonly failed = new Set<string>();
  /** Why they did. */
  readonly reasons = new Map<string, string>();
  /** Lines of requests that are none of this batch's. */
  foreign = 0;
  /** Lines that do not name their request: one of this batch that stands in the text, where there is just one. */
  readonly bad: { readonly fault: string; readonly mentions: string | null; readonly isOther: boolean }[] =
    [];
  /** Of the answers, those that cannot be used and do not say what they are billed. */
  readonly unreadable = new Map<string, Unreadable>();
  /** What the others are billed in all; null when one of them does not say. */
  billed: TokenUsage | null = { promptTokens: 0, completionTokens: 0 };

  /** What is wrong with a line that breaks off at the end of the answers. */
  cut: string | null = null;

  constructor(private readonly requests: ReadonlySet<string>) {}

  /** Takes note of a line. Returns whether it is the first to settle a request of the batch. */
  add(customId: string, reply: BatchReply): boolean {
    if (!this.requests.has(customId)) {
      this.foreign += 1;
      return false;
    }
    if (this.answered.has(customId)) return false;
    if ("again" in reply || "rejected" in reply) {
      if (this.failed.has(customId)) return false;
      this.failed.add(customId);
      this.reasons.set(customId, "again" in reply ? reply.again : reply.rejected);
      return true;
    }
    // An answer counts more than a failure that stands beside it.
    this.failed.delete(customId);
    this.answered.add(customId);
    const { usage } = reply;
    if ("unreadable" in reply && !usage) this.unreadable.set(customId, reply);
    else this.billed = this.billed && usage ? plus(this.billed, usage) : null;
    return true;
  }

  /** Takes note of a line that does not name its request as it should. One of a file of errors is no answer. */
  addBad(line: string, fault: string, holds: ResultFile["holds"]): void {
    const named = new Set(line.match(/[0-9a-f]{40}/g)?.filter((id) => this.requests.has(id)));
    const mentions = named.size === 1 ? [...named][0]! : null;
    if (holds === "errors") {
      if (mentions !== null) this.add(mentions, { again: fault });
    } else if (this.bad.length <= this.requests.size) {
      // The beginning of something that is no line of results: a page, or a message of the server's.
      this.bad.push({ fault, mentions, isOther: mentions === null && /^\s*[<{[]/.test(line) });
    }
  }

  /** Takes note of a last line that breaks off: the file is cut, and more may be missing. */
  addCut(fault: string): void {
    this.cut ??= fault;
  }

  get missing(): string[] {
    return [...this.requests].filter((id) => !this.answered.has(id) && !this.failed.has(id));
  }
}

function plus(a: TokenUsage, b: TokenUsage): TokenUsage {
  return {
    promptTokens: a.promptTokens + b.promptTokens,
    completionTokens: a.completionTokens + b.completionTokens,
  };
}

/** What is to be done with a batch that has ended. */
export type Settlement =
  /** Its lines account for it. `unreadable` are the answers that are billed but cannot be used, with their bill where it is known. */
  | { readonly settled: true; readonly unreadable: ReadonlyMap<string, Unreadable> }
  /** It was taken for ours, but holds other requests. */
  | { readonly settled: "not ours" }
  | { readonly settled: false; readonly why: string };

/**
 * Holds the lines of a batch against what its provider counts. A request without a line is sent again only where the
 * provider does not count it as answered. `last` says that looking again has not helped, so that lines that cannot be read
 * are taken for the answers that are missing, where there are just as many of either.
 */
export function settle(status: BatchStatus, tally: Tally, last: boolean): Settlement {
  const { answered, failed, foreign, bad } = tally;
  const { missing } = tally;
  const done = (lost: ReadonlyMap<string, Unreadable> = new Map()): Settlement => ({
    settled: true,
    unreadable: withBill(new Map([...tally.unreadable, ...lost]), status, tally),
  });
  if (missing.length === 0) return done();
  const seen = answered.size + failed.size;
  // Refused as a whole, before anything was answered.
  if (status.state === "failed" && status.results.length === 0) return done();
  if (seen === 0 && foreign > 0 && bad.length === 0) return { settled: "not ours" };
  const lost = unaccounted(status, tally);
  if (lost === 0 && (last || isAccounted(status, tally))) return done();
  if (last) {
    const found = lostAnswers(tally, seen > 0 || isCountOf(status, tally));
    if (unaccounted(status, tally, found.size) === 0) return done(found);
  }
  const [first] = bad;
  const why = tally.cut
    ? `its results are cut off (${tally.cut})`
    : first
      ? `${bad.length === 1 ? "a line" : `${bad.length} lines`} of its results cannot be read (${first.fault})`
      : status.results.length === 0
        ? "it names no results"
        : "its results are shorter than that";
  return {
    settled: false,
    why: `${lost || missing.length} of ${tallySize(tally)} answers are missing: ${why}`,
  };
}

function tallySize(tally: Tally): number {
  return tally.answered.size + tally.failed.size + tally.missing.length;
}

/** How many requests the provider counts as answered that no line is the answer to; `found` are to be counted besides. */
function unaccounted(status: BatchStatus, tally: Tally, found = 0): number {
  const { counts, state, results } = status;
  const answered = tally.answered.size + found;
  const open = tally.missing.length - found;
  if (isTrusted(counts, tallySize(tally))) return Math.max(0, Math.min(open, counts.answered - answered));
  // Where nothing is counted, all that completed is answered, and so is what a file of answers is there for.
  const claims = results.some(({ holds }) => holds !== "errors");
  if (state === "completed" || tally.cut !== null || (claims && answered === 0)) return Math.max(0, open);
  return Math.max(0, Math.min(open, tally.bad.length - found));
}

/** Whether the failures are all there too, and nothing is left to be looked for. */
function isAccounted({ counts, state }: BatchStatus, tally: Tally): boolean {
  if (!isTrusted(counts, tallySize(tally))) return state !== "completed";
  return state !== "completed" && tally.failed.size >= counts.failed;
}

/** Counts are believed where they add up to the batch. */
function isTrusted(
  counts: BatchStatus["counts"],
  requests: number,
): counts is NonNullable<BatchStatus["counts"]> {
  return counts !== null && counts.total === requests && counts.answered + counts.failed <= counts.total;
}

/** Whether all lines are bad, and are as many as the provider counts answers: none is a page or a message instead. */
function isCountOf({ counts }: BatchStatus, tally: Tally): boolean {
  const { bad } = tally;
  return (
    isTrusted(counts, tallySize(tally)) &&
    counts.answered === bad.length &&
    bad.every(({ isOther }) => !isOther)
  );
}

/** Answers that are billed but cannot be read: those whose id stands in a bad line, and the rest where their number is that of the lines. */
function lostAnswers(tally: Tally, othersAreGood: boolean): Map<string, Unreadable> {
  const missing = new Set(tally.missing);
  const lost = new Map<string, Unreadable>();
  const nameless: string[] = [];
  for (const { fault, mentions } of tally.bad) {
    if (mentions === null) nameless.push(fault);
    else if (missing.delete(mentions)) lost.set(mentions, { unreadable: fault });
  }
  if (othersAreGood && nameless.length > 0 && nameless.length === missing.size)
    for (const [index, id] of [...missing].entries()) lost.set(id, { unreadable: nameless[index]! });
  return lost;
}

/** What is left of the provider's bill once all readable answers are taken off goes to the first of those that cannot be read. */
function withBill(
  lost: ReadonlyMap<string, Unreadable>,
  { usage }: BatchStatus,
  { billed }: Tally,
): ReadonlyMap<string, Unreadable> {
  if (!usage || !billed) return lost;
  const rest = {
    promptTokens: usage.promptTokens - billed.promptTokens,
    completionTokens: usage.completionTokens - billed.completionTokens,
  };
  if (rest.promptTokens < 0 || rest.completionTokens < 0) return lost;
  const nothing = { promptTokens: 0, completionTokens: 0 };
  return new Map(
    [...lost].map(([id, answer], index) => [id, { ...answer, usage: index === 0 ? rest : nothing }]),
  );
}
