import { length } from "../../datasets/attributes/length.js";
import { nlp } from "./nlp.js";
import { choose } from "./replace.js";

/** Sentences that add words and say nothing. */
const FILLERS = [
  "There is not much more to say about that.",
  "That is how it was, from the beginning to the end.",
  "I mention this so that others know what to expect.",
  "I have thought about it for a while before I wrote this.",
  "Other people may see some of this in another way.",
  "This is what I noticed when I looked at it again.",
] as const;

/** Shorter texts end well below the threshold, and longer ones well above it. */
const MARGIN = 0.1;

/** Longer: sentences are added that say nothing. Shorter: such sentences go first, then sentences, clauses and words from the end. */
export function rewriteLength(text: string, target: boolean, threshold: number): string {
  return target ? lengthen(text, threshold) : shorten(text, threshold);
}

function lengthen(text: string, threshold: number): string {
  const goal = Math.max(threshold * (1 + MARGIN), size(text) * 1.2);
  const start = FILLERS.indexOf(choose(text, FILLERS));
  let longer = /[.!?…"”)]$/.test(text) || text === "" ? text : `${text}.`;
  for (let count = 0; size(longer) <= goal; count += 1)
    longer = `${longer} ${FILLERS[(start + count) % FILLERS.length]}`.trim();
  return longer;
}

function shorten(text: string, threshold: number): string {
  const goal = Math.min(threshold, size(text) * 0.85);
  const bare = FILLERS.reduce((rest, filler) => rest.replaceAll(` ${filler}`, ""), text);
  return fit(bare, goal, sentences) ?? fit(firstOf(sentences(bare)), goal, clauses) ?? cut(bare, goal);
}

/** As many parts from the beginning as fit, or null when not even the first does. */
function fit(text: string, goal: number, split: (text: string) => string[]): string | null {
  let kept = "";
  for (const part of split(text)) {
    if (size((kept + part).trimEnd()) > goal) break;
    kept += part;
  }
  const clean = kept.replace(/[\s,;:–-]+$/u, "");
  if (clean.trim() === "") return null;
  return /[.!?…"”)]$/.test(clean) ? clean : `${clean}.`.slice(0, Math.max(1, Math.floor(goal)));
}

/** Whole words from the beginning, at least one. */
function cut(text: string, goal: number): string {
  const words = firstOf(sentences(text)).split(/\s+/);
  let kept = words[0] ?? text;
  for (const word of words.slice(1)) {
    if (size(kept) + 2 + size(word) > goal) break;
    kept += ` ${word}`;
  }
  const room = Math.max(1, Math.floor(goal) - 1);
  const clean = [...kept.replace(/[\s,;:–-]+$/u, "")].slice(0, room).join("");
  return /[.!?…]$/.test(clean) ? clean : `${clean}.`;
}

/** Parts keep the space after them, so that joined they are the text. */
function sentences(text: string): string[] {
  return text.match(/[^.!?\n]+(?:[.!?]+["”)]*|\n|$)\s*|[.!?\n]+\s*/g) ?? [text];
}

function clauses(text: string): string[] {
  const parts: string[] = nlp(text).clauses().out("array");
  let position = 0;
  return parts.map((part) => {
    const start = text.indexOf(part, position);
    if (start < 0) return `${part} `;
    const gap = text.slice(position, start);
    position = start + part.length;
    return gap + part;
  });
}

function firstOf(parts: readonly string[]): string {
  return parts[0] ?? "";
}

function size(text: string): number {
  return length.rule!.measure(text) ?? 0;
}
