import { createHash } from "node:crypto";
import { inputError } from "../../domain/errors.js";
import { fractionOf } from "../../domain/hash.js";

/** The parts of the data, each for one step: no text of `confirm` reaches a proposer, a threshold or a choice. */
export const PARTS = ["propose", "screen", "confirm"] as const;
export type Part = (typeof PARTS)[number];

/** A response that may be looked at. */
export interface Item {
  readonly id: string;
  readonly prompt: string;
  readonly response: string;
}

export type Shares = readonly [propose: number, screen: number, confirm: number];
export const USUAL_SHARES: Shares = [0.4, 0.2, 0.4];

/** With fewer different prompts the examples are divided, not the prompts. */
const PROMPTS_TO_DIVIDE = 20;

export interface Split {
  readonly by: "prompt" | "example";
  readonly parts: Readonly<Record<Part, readonly Item[]>>;
}

/**
 * Divides the responses by a hash of their prompt, so that all responses to one prompt are in the same part; where there are few prompts, by a hash of
 * their id. The same for the same data and seed, whatever the order.
 */
export function splitOf(items: readonly Item[], shares: Shares, seed: number): Split {
  const by = new Set(items.map(({ prompt }) => prompt)).size < PROMPTS_TO_DIVIDE ? "example" : "prompt";
  const parts: Record<Part, Item[]> = { propose: [], screen: [], confirm: [] };
  for (const item of items) {
    const place = fractionOf(`${seed}\n${by === "prompt" ? item.prompt : item.id}`);
    const part = place < shares[0] ? "propose" : place < shares[0] + shares[1] ? "screen" : "confirm";
    parts[part].push(item);
  }
  return { by, parts };
}

/** Shares as they are written: "40/20/40". Throws where they are not three positive numbers. */
export function parseShares(text: string): Shares {
  const numbers = text.split(/[/,:]/).map(Number);
  const total = numbers.reduce((sum, value) => sum + value, 0);
  if (numbers.length !== 3 || numbers.some((value) => !(value > 0)))
    throw inputError(`--split: expected three shares such as 40/20/40, found ${JSON.stringify(text)}`);
  return numbers.map((value) => value / total) as unknown as Shares;
}

/** What proves which examples were in a part: the SHA-256 of their sorted ids, one a line. */
export function fingerprint(items: readonly Item[]): string {
  const ids = items.map(({ id }) => id).sort();
  return createHash("sha256").update(ids.join("\n")).digest("hex");
}

/** In the order of a hash of their ids: a random order that is the same each time. */
export function shuffled(items: readonly Item[], seed: number): Item[] {
  return [...items].sort(
    (a, b) => fractionOf(`${seed}\0${a.id}`) - fractionOf(`${seed}\0${b.id}`) || (a.id < b.id ? -1 : 1),
  );
}
