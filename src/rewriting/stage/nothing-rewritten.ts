import { workError } from "../../domain/errors.js";

/** Errors that say that not one example could be rewritten. */
const nothing = new WeakSet<object>();

/** Whether an error of `createDataset` says that not one example could be rewritten: for those who can do without the data set. */
export function isNothingRewritten(cause: unknown): boolean {
  return typeof cause === "object" && cause !== null && nothing.has(cause);
}

/** The error for a data set of which nothing could be rewritten; `lost` says why, by arm and reason. */
export function nothingRewritten(name: string, lost: string | null): Error {
  const error = workError(
    `${name}: nothing was rewritten: ${lost}; once the cause is removed, the same command with --no-cache asks again`,
  );
  nothing.add(error);
  return error;
}
