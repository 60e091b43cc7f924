import { inputError, workError } from "../../domain/errors.js";
import type { Created } from "./creation.js";
import type { BatchStatus } from "./provider.js";

/** What the end of a batch means for the requests that it leaves without an answer. */
export interface Verdict {
  /** Requests that the provider rejects, and why. */
  readonly rejected: ReadonlyMap<string, string>;
  /** Why the whole batch was kept out of a full queue. */
  readonly full?: string;
  /** Why nothing more can be done. */
  readonly stop?: (unanswered: number) => Error;
}

/** What a batch's final state means. */
export function verdictOf(status: BatchStatus, { batch, intent, superfluous }: Created): Verdict {
  const rejected = new Map<string, string>();
  if (superfluous) return { rejected };
  if (status.state === "cancelled" || status.state === "canceled") {
    return {
      rejected,
      stop: (unanswered) =>
        workError(
          `batch ${batch} was cancelled; what it had answered is kept; the same command sends its ${unanswered} open requests again`,
        ),
    };
  }
  const errors = status.errors ?? [];
  const full = errors.find(({ code }) => code === "token_limit_exceeded");
  if (full) return { rejected, full: full.message };
  for (const { line, code, message } of errors) {
    const customId = line === null ? undefined : intent.requests[line - 1];
    if (customId !== undefined) rejected.set(customId, `${code}: ${message}`);
  }
  const whole = errors.find(({ line }) => line === null);
  if (status.state === "failed" && rejected.size === 0)
    return {
      rejected,
      stop: () =>
        inputError(
          `batch ${batch} failed: ${whole ? `${whole.code}: ${whole.message}` : "the provider gives no reason"}; nothing of it was answered`,
        ),
    };
  return { rejected };
}
