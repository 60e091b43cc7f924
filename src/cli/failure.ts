import { CommanderError } from "commander";
import { isRateError } from "../domain/errors.js";
import { escapeControls } from "../domain/escape-controls.js";

/** Exit codes: 0 done, 1 failed while working, 2 the input or the call is wrong, 130 stopped by the user. */
export function reportFailure(error: unknown, debug: boolean): number {
  // Commander has said it already: help and version are no failures, all else is a wrong call.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (error instanceof Error && error.name === "AbortError") {
    process.stderr.write("rate: stopped; the same command goes on where it was\n");
    return 130;
  }
  const known = isRateError(error);
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(`rate: ${message.split("\n").map(escapeControls).join("\n      ")}\n`);
  if (debug && error instanceof Error) process.stderr.write(`${error.stack}\n`);
  else if (!known)
    process.stderr.write("This is a fault of rate itself; run it again with --debug to see where.\n");
  return known && error.kind === "input" ? 2 : 1;
}
