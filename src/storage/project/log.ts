import { appendFileSync, mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { cannotWrite } from "./files.js";

/** A run's log: one line an event, with its time. A continued run goes on in the same file. */
export function openLog(path: string): (line: string) => void {
  const write = (line: string) => {
    try {
      appendFileSync(path, `${new Date().toISOString()} ${line}\n`);
    } catch (cause) {
      throw cannotWrite(path, cause);
    }
  };
  try {
    mkdirSync(dirname(path), { recursive: true });
  } catch (cause) {
    throw cannotWrite(path, cause);
  }
  return write;
}
