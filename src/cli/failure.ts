import { CommanderError } from "commander";
import { keysIn } from "../domain/child-environment.js";
import { isRateError } from "../domain/errors.js";
import { shortName } from "../domain/escape-controls.js";
import { keyMask } from "../domain/mask-keys.js";

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
  const hide = keyMask(keysIn(process.env));
  process.stderr.write(`rate: ${linesOf(hide(message)).join("\n      ")}\n`);
  if (debug && error instanceof Error) process.stderr.write(`${hide(error.stack ?? "")}\n`);
  else if (!known)
    process.stderr.write("This is a fault of rate itself; run it again with --debug to see where.\n");
  return known && error.kind === "input" ? 2 : 1;
}

/** A message's lines as they are shown: it may quote an input, and does not grow with it. */
function linesOf(message: string): string[] {
  const lines = message.split("\n");
  const shown = lines.slice(0, MOST_LINES).map((line) => shortName(line, LONGEST_LINE));
  return lines.length > MOST_LINES ? [...shown, `… and ${lines.length - MOST_LINES} lines more`] : shown;
}

const MOST_LINES = 40;
const LONGEST_LINE = 2000;
