import { hashOf } from "../../domain/hash.js";

/** The very same answer to so many different texts is no rewrite of them. */
const SEVERAL = 3;

/** Finds answers that many different texts have got: refusals and replies in whatever language. */
export class RepeatedAnswers {
  /** Of each answer: the first texts that it was given to, by their hashes. */
  private readonly texts = new Map<number, number[]>();

  /** Takes note of an answer to a text. */
  add(text: string, answer: string): void {
    const key = keyOf(answer);
    const of = hashOf(text);
    const known = this.texts.get(key);
    if (!known) this.texts.set(key, [of]);
    else if (known.length < SEVERAL && !known.includes(of)) known.push(of);
  }

  /** Whether an answer was given to several different texts and has little of this one. */
  has(text: string, answer: string): boolean {
    return (this.texts.get(keyOf(answer))?.length ?? 0) >= SEVERAL && !isMadeOf(text, answer);
  }
}

function keyOf(answer: string): number {
  return hashOf(answer.trim().replace(/\s+/g, " ").toLowerCase());
}

/** Whether an answer's words are mostly the text's own: short texts may well be rewritten to the same few words. */
function isMadeOf(text: string, answer: string): boolean {
  const words = (value: string) => value.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
  const own = new Set(words(text));
  const said = words(answer);
  return said.length > 0 && said.filter((word) => own.has(word)).length >= said.length / 2;
}
