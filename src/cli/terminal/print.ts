import { escapeControls } from "../../domain/escape-controls.js";

/** Results go to stdout; everything else goes to stderr. */
export function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

export function printJson(value: unknown): void {
  print(JSON.stringify(value, null, 2));
}

/** Says that a file is passed over, and why. */
export function passedOver({ message }: Error): void {
  process.stderr.write(`warning: ${escapeControls(message)}; it is passed over\n`);
}
