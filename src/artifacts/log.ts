import { appendFileSync, mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { workError } from "../domain/errors.js";

/** A run's log: one line an event, with its time. A continued run goes on in the same file. */
export function openLog(path: string): (line: string) => void {
  const write = (line: string) => {
    try {
      appendFileSync(path, `${new Date().toISOString()} ${line}\n`);
    } catch (cause) {
      throw workError(`${path}: cannot be written (${(cause as Error).message})`, cause);
    }
  };
  mkdirSync(dirname(path), { recursive: true });
  return write;
}
