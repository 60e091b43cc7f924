import { hashOf } from "../../domain/hash.js";

/** The very same answer to so many different texts is no rewrite of them. */
const SEVERAL = 3;
/** Longer answers are not said twice. */
const LONGEST = 1000;

/** Finds answers that many different texts have got: refusals and replies in whatever language. */
export class RepeatedAnswers {
  /** Of each answer: the first text that it was given to, by their hashes, and the others. */
  private readonly first = new Map<number, number>();
  private readonly others = new Map<number, number[]>();

  /** Takes note of an answer to a text. */
  add(text: string, answer: string): void {
    if (answer.length > LONGEST) return;
    const key = keyOf(answer);
    const of = hashOf(text);
    const first = this.first.get(key);
    if (first === undefined) this.first.set(key, of);
    if (first === undefined || first === of) return;
    const others = this.others.get(key);
    if (!others) this.others.set(key, [of]);
    else if (others.length < SEVERAL && !others.includes(of)) others.push(of);
  }

  /** Whether an answer was given to several different texts and has little of this one. */
  has(text: string, answer: string): boolean {
    if (this.others.size === 0 || answer.length > LONGEST) return false;
    const texts = 1 + (this.others.get(keyOf(answer))?.length ?? 0);
    return texts >= SEVERAL && !isMadeOf(text, answer);
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
