import { InvalidArgumentError } from "commander";

/** Readers of the values of options: each returns the value or says what it expected. */

export function number(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !Number.isFinite(value)) throw new InvalidArgumentError("expected a number.");
  return value;
}

export function positive(text: string): number {
  const value = Number(text);
  if (!(value > 0 && Number.isFinite(value))) throw new InvalidArgumentError("expected a number above 0.");
  return value;
}

export function percent(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !(value >= 0 && value <= 100))
    throw new InvalidArgumentError("expected a number from 0 to 100.");
  return value;
}

export function share(text: string): number {
  const value = Number(text);
  if (!(value > 0 && value < 1)) throw new InvalidArgumentError("expected a number between 0 and 1.");
  return value;
}

export function wholeNumber(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1)
    throw new InvalidArgumentError("expected a whole number from 1.");
  return value;
}

export function replicates(text: string): number {
  const value = wholeNumber(text);
  if (value < 100) throw new InvalidArgumentError("expected at least 100.");
  return value;
}

export function seedNumber(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !Number.isSafeInteger(value) || value < 0)
    throw new InvalidArgumentError("expected a whole number from 0.");
  return value;
}

export function portNumber(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !Number.isInteger(value) || value < 0 || value > 65535)
    throw new InvalidArgumentError("expected a number from 0 to 65535.");
  return value;
}

const COLUMN_NAMES = ["original", "rewrite", "rewritten_rewrite", "treated"] as const;
const NEXT_COLUMN = /,(?=(?:original|rewrite|rewritten_rewrite|treated)=)/;

/** `original=r_orig,rewrite=r_1`: which columns hold the rewards, and W. A column's name may hold commas and equals signs. */
export function columnNames(text: string): Partial<Record<(typeof COLUMN_NAMES)[number], string>> {
  const entries = text.split(NEXT_COLUMN).map((part) => {
    const at = part.indexOf("=");
    const name = COLUMN_NAMES.find((known) => known === part.slice(0, at).trim());
    const column = part.slice(at + 1);
    if (at < 0 || !name || column === "")
      throw new InvalidArgumentError(
        `expected NAME=COLUMN,… with the names ${COLUMN_NAMES.join(", ")}, found ${JSON.stringify(part)}.`,
      );
    return [name, column] as const;
  });
  const twice = entries.find(([name], index) => entries.findIndex(([other]) => other === name) < index);
  if (twice) throw new InvalidArgumentError(`${twice[0]} is named twice.`);
  return Object.fromEntries(entries);
}
