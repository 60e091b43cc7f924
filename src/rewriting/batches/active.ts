import { workError } from "../../domain/errors.js";
import type { Created } from "./creation.js";
import type { BatchStatus } from "./provider.js";

/** A request that its provider fails to answer is sent so often in all. */
export const SENDS = 8;
/** Share of a batch's requests after which its progress is told again. */
const TOLD_SHARE = 0.1;

/** A batch under way. */
export interface Active extends Created {
  /** Whether no other batch was under way when it was created, so that a full queue was not filled by ourselves. */
  readonly alone: boolean;
  /** What was said of it last. */
  said?: BatchStatus;
  /** Since when, in milliseconds, its results have not accounted for it, and how often they were looked at. */
  unsettled?: { readonly since: number; readonly looks: number };
}

/** Says how a batch stands whenever that has changed noticeably: it may take a day. */
export function report(entry: Active, status: BatchStatus, say: (line: string) => void): void {
  const { state, done } = status;
  const { said } = entry;
  const total = entry.intent.requests.length;
  if (said && said.state === state && done - said.done < Math.max(1, TOLD_SHARE * total)) return;
  entry.said = status;
  if (!status.ended) say(`batch ${entry.batch}: ${state}, ${done} of ${total} done`);
}

/** What becomes of a request that its provider has failed to answer too often. */
export function givenUp(status: BatchStatus, why: string) {
  const reason = status.state === "expired" ? ("expired" as const) : ("failed" as const);
  return {
    status: "failed" as const,
    reason,
    detail: `no answer after ${SENDS} batches: ${why}`.slice(0, 300),
  };
}

/** A batch whose results do not account for it, and why. */
export interface Stuck {
  readonly batch: string;
  readonly why: string;
}

/** The error for batches that stay open. */
export function leftOpen(stuck: readonly Stuck[]): Error {
  const all = stuck.map(({ batch, why }) => `batch ${batch}: ${why}`).join("; ");
  return workError(
    `${all}; it stays open and is not paid again: the same command, or rate batches resume, looks again; what has been answered is kept`,
  );
}

/** What is said of batches that go on without this process. */
export function goesOnText(batches: readonly string[]): string {
  return (
    `${batches.length === 1 ? "a batch goes" : `${batches.length} batches go`} on at the provider (${batches.join(", ")}): ` +
    "the same command, or rate batches resume, collects the answers; rate batches cancel stops them"
  );
}
