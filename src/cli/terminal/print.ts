import { escapeControls } from "../../domain/escape-controls.js";
import { inAscii, isAsciiOnly } from "./symbols.js";

/** Results go to stdout; everything else goes to stderr. On a terminal without UTF-8 the program's signs are ASCII. */
export function print(text: string): void {
  const isPlain = process.stdout.isTTY && isAsciiOnly(process.env);
  process.stdout.write(`${isPlain ? inAscii(text) : text}\n`);
}

export function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
}

/** Says that a file is passed over, and why. */
export function passedOver({ message }: Error): void {
  process.stderr.write(`warning: ${escapeControls(message)}; it is passed over\n`);
}
