import { inputError } from "../../domain/errors.js";

/** A word as the shell (bash) takes it, whatever it holds; always on one line. */
export function shellQuote(word: string): string {
  if (word.includes("\0"))
    throw inputError(`${JSON.stringify(word)}: holds a NUL, which no command can take`);
  if (/^[\w%+=:,./@-]+$/.test(word)) return word;
  if (!/\p{Cc}/u.test(word)) return `'${word.replaceAll("'", "'\\''")}'`;
  const escaped = word.replace(/[\\'\p{Cc}]/gu, (character) =>
    character === "\\" || character === "'" ? `\\${character}` : byteEscapes(character),
  );
  return `$'${escaped}'`;
}

function byteEscapes(character: string): string {
  return [...new TextEncoder().encode(character)]
    .map((byte) => `\\x${byte.toString(16).padStart(2, "0")}`)
    .join("");
}

/**
 * The value of an `#SBATCH` option. SLURM reads these lines by rules of its own (quotes, backslashes, `#`), so that what has a meaning there is
 * refused instead of escaped. `origin` says where the value comes from.
 */
export function directive(value: string, origin: string): string {
  if (/^[^\s"'\\#`$\p{Cc}]+$/u.test(value)) return value;
  throw inputError(
    `${origin}: ${JSON.stringify(value)}: expected one word without quotes, spaces, $, # or backslashes`,
  );
}
