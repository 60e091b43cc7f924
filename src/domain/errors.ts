/** What went wrong, for exit codes: `input` is the caller's to mend (exit 2), `work` failed while running (exit 1). */
export type ErrorKind = "input" | "work";

/**
 * An error written for the person who reads it: what failed, the value seen, and the next step. The command line prints
 * `message` alone; any other error is a bug and keeps its stack.
 */
export class RateError extends Error {
  readonly kind: ErrorKind;

  constructor(kind: ErrorKind, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = "RateError";
    this.kind = kind;
  }
}

/** Whether something thrown is a RateError, by its name: commands are loaded with a class of their own. */
export function isRateError(error: unknown): error is RateError {
  return error instanceof Error && error.name === "RateError";
}

/** The input or the call is wrong. */
export function inputError(message: string, cause?: unknown): RateError {
  return new RateError("input", message, { cause });
}

/** Something failed while working. */
export function workError(message: string, cause?: unknown): RateError {
  return new RateError("work", message, { cause });
}
