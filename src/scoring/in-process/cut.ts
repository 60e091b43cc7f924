import { inputError } from "../../domain/errors.js";
import type { Recipe } from "../../domain/recipe.js";

/** Token ids, and for pairs which sequence each belongs to. */
export interface Sequence {
  readonly ids: readonly number[];
  readonly typeIds?: readonly number[];
}

export interface Cutting {
  readonly maxTokens: number;
  readonly side: Recipe["truncation"];
  /** The same input with an empty response: the frame that must stay. */
  readonly emptied: Sequence;
  /** The same with an empty prompt too. */
  readonly bare: () => Sequence;
}

/** So much of an input is left to the response before the prompt has to give way. */
const RESPONSE_SHARE = 0.25;

/**
 * An input that is too long, cut to fit. The response loses its end or its beginning; special tokens and headers around it stay. Where the prompt
 * leaves too little room, it loses its beginning. Throws when nothing may be cut, or the frame alone does not fit.
 */
export function cutToFit(
  whole: Sequence,
  { maxTokens, side, emptied, bare }: Cutting,
): { sequence: Sequence; cut: { prompt: number; response: number } } {
  const total = whole.ids.length;
  if (side === "refuse")
    throw inputError(
      `the input has ${total} tokens and may have ${maxTokens}; the recipe says truncation: refuse`,
    );
  const frame = commonEnds(whole.ids, emptied.ids);
  const response = slice(whole, frame.start, total - frame.end);
  // A cut at the left may have taken a header's last token, where that merged with the response's first: the empty frame has it whole.
  const head =
    side === "left" ? slice(emptied, 0, emptied.ids.length - frame.end) : slice(whole, 0, frame.start);
  const tail = slice(whole, total - frame.end, total);
  const kept = Math.min(response.ids.length, Math.floor(RESPONSE_SHARE * maxTokens));
  const excess = head.ids.length + tail.ids.length + kept - maxTokens;
  const shortened = excess > 0 ? withoutBeginning(head, excess, emptied, bare()) : head;
  const room = maxTokens - shortened.ids.length - tail.ids.length;
  if (room < 0)
    throw inputError(
      `the frame around prompt and response alone has more than the ${maxTokens} tokens that an input may have`,
    );
  const left = Math.min(room, response.ids.length);
  const rest =
    side === "left"
      ? slice(response, response.ids.length - left, response.ids.length)
      : slice(response, 0, left);
  return {
    sequence: concat(shortened, rest, tail),
    cut: { prompt: head.ids.length - shortened.ids.length, response: response.ids.length - left },
  };
}

/** The head without the first tokens of its prompt, which is what the frame of an empty prompt has not. */
function withoutBeginning(head: Sequence, count: number, emptied: Sequence, bare: Sequence): Sequence {
  const { start, end } = commonEnds(emptied.ids, bare.ids);
  const stop = Math.min(start + count, emptied.ids.length - end, head.ids.length);
  return concat(slice(head, 0, start), slice(head, stop, head.ids.length));
}

/** How many ids two lists share at the beginning, and then at the end. */
function commonEnds(a: readonly number[], b: readonly number[]): { start: number; end: number } {
  const shorter = Math.min(a.length, b.length);
  let start = 0;
  while (start < shorter && a[start] === b[start]) start += 1;
  let end = 0;
  while (end < shorter - start && a[a.length - 1 - end] === b[b.length - 1 - end]) end += 1;
  return { start, end };
}

function slice({ ids, typeIds }: Sequence, from: number, to: number): Sequence {
  return { ids: ids.slice(from, to), ...(typeIds && { typeIds: typeIds.slice(from, to) }) };
}

function concat(...parts: readonly Sequence[]): Sequence {
  const ids = parts.flatMap((part) => part.ids);
  return parts[0]?.typeIds ? { ids, typeIds: parts.flatMap((part) => part.typeIds ?? []) } : { ids };
}
