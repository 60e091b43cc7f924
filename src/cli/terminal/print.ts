import { escapeControls, escapeControlsInText } from "../../domain/escape-controls.js";
import { inAscii, isAsciiOnly } from "./symbols.js";

/**
 * Results go to stdout; everything else goes to stderr. On a terminal without UTF-8 the program's signs are ASCII. What
 * would steer the terminal is shown as `\u{…}`; `raw` text goes out as it is, though not to a terminal.
 */
export function print(text: string, raw = false): void {
  const { isTTY } = process.stdout;
  const shown = raw && !isTTY ? text : escapeControlsInText(text);
  process.stdout.write(`${isTTY && isAsciiOnly(process.env) ? inAscii(shown) : shown}\n`);
}

/** JSON may hold any character; those that would steer a terminal are written by their numbers, which reads as the same. */
export function printJson(value: unknown): void {
  const text = JSON.stringify(value, null, 2);
  const safe = text.replace(STEERING, (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, "0")}`);
  process.stdout.write(`${safe}\n`);
}

/** Controls and marks of direction beyond those that JSON escapes itself. */
const STEERING = /[\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;

/** Says that a file is passed over, and why. */
export function passedOver({ message }: Error): void {
  process.stderr.write(`warning: ${escapeControls(message)}; it is passed over\n`);
}
