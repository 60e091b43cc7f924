import { fractionOf } from "../../domain/hash.js";
import type { Rewarded } from "./screen.js";

/** Responses to one prompt in the order of their rewards, the length taken out. */
export interface RankedList {
  readonly prompt: string;
  /** Highest first, unless `reversed`. */
  readonly responses: readonly string[];
  readonly reversed: boolean;
}

export interface ListSizes {
  /** Lists at most. */
  readonly lists: number;
  /** Responses a list, at most. */
  readonly responses: number;
}

/** Fewest responses that say anything by their order. */
const FEWEST = 3;

/**
 * Lists for a language model to look at: responses to one prompt, ordered by what the regression on the log of the length leaves of the reward, so that length
 * is not all that is seen. Half of the lists are reversed, since models favour what stands first. The same for the same data and seed.
 */
export function rankedLists(
  rewarded: readonly Rewarded[],
  { lists, responses }: ListSizes,
  seed: number,
): RankedList[] {
  const residuals = withoutLength(rewarded);
  const byPrompt = new Map<
    string,
    { readonly response: string; readonly left: number; readonly id: string }[]
  >();
  rewarded.forEach(({ prompt, response, id }, row) => {
    const group = byPrompt.get(prompt);
    const entry = { response, left: residuals[row]!, id };
    if (group) group.push(entry);
    else byPrompt.set(prompt, [entry]);
  });
  const order = (text: string) => fractionOf(`${seed}\n${text}`);
  const groups = [...byPrompt].flatMap(([prompt, entries]) => {
    const mixed = [...entries].sort((a, b) => order(a.id) - order(b.id));
    const parts = Math.max(1, Math.floor(mixed.length / responses));
    return Array.from({ length: parts }, (_, part) => ({
      prompt,
      key: `${prompt}\0${part}`,
      entries: mixed.slice(part * responses, (part + 1) * responses),
    }));
  });
  return groups
    .filter(({ entries }) => entries.length >= FEWEST)
    .sort((a, b) => order(a.key) - order(b.key))
    .slice(0, lists)
    .map(({ prompt, entries }, place) => {
      const reversed = place % 2 === 1;
      const sorted = [...entries].sort((a, b) => (reversed ? a.left - b.left : b.left - a.left));
      return { prompt, responses: sorted.map(({ response }) => response), reversed };
    });
}

/** Rewards less what a straight line on the log of the length says of them. */
function withoutLength(rewarded: readonly Rewarded[]): number[] {
  const lengths = rewarded.map(({ response }) => Math.log(1 + response.length));
  const n = rewarded.length;
  const meanOf = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / n;
  const [x, y] = [meanOf(lengths), meanOf(rewarded.map(({ reward }) => reward))];
  let [products, squares] = [0, 0];
  rewarded.forEach(({ reward }, row) => {
    products += (lengths[row]! - x) * (reward - y);
    squares += (lengths[row]! - x) ** 2;
  });
  const slope = squares > 0 ? products / squares : 0;
  return rewarded.map(({ reward }, row) => reward - y - slope * (lengths[row]! - x));
}
