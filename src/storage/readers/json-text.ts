import type { Json } from "../../domain/example.js";

/** Whole numbers of 16 digits and more may be too large for a number. */
const LONG_NUMBER = /(?<![\d.])\d{16,}(?![\d.eE])/;
/** Text in quotes, and outside of it the numbers and the words that Python's json writes and JSON does not have. */
const TOKEN = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|-?\b(?:NaN|Infinity)\b/gs;

/**
 * Parses JSON as other programs write it. A whole number that a number cannot hold exactly (a 64-bit id) becomes text
 * with the same digits. NaN and Infinity, which Python writes, become null. Throws a SyntaxError on anything else
 * that is not JSON.
 */
export function parseJsonText(text: string): Json {
  if (LONG_NUMBER.test(text)) return JSON.parse(text.replace(TOKEN, exact));
  try {
    return JSON.parse(text);
  } catch (error) {
    if (!/NaN|Infinity/.test(text)) throw error;
    return JSON.parse(text.replace(TOKEN, exact));
  }
}

/** A token that JSON reads without loss. */
function exact(token: string): string {
  const first = token[0]!;
  if (first === '"') return token;
  if (/[NI]/.test(token)) return "null";
  if (/[.eE]/.test(token)) return token;
  // A number such as 007 is not JSON: it stays, so that the parser says so.
  return token.length < 16 || String(Number(token)) === token || /^-?0\d/.test(token) ? token : `"${token}"`;
}
