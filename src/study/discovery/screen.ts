import type { Attribute } from "../../domain/attribute.js";
import { fractionOf } from "../../domain/hash.js";
import { withinPromptSlope } from "../../estimation/estimators/within-prompt.js";
import { attributeOf, type Candidate, LENGTHS } from "./candidate.js";
import type { Screened } from "./discovery-file.js";
import type { Item } from "./split.js";

/** A response of the screen part with its reward. */
export interface Rewarded extends Item {
  readonly reward: number;
}

/** Who says W of a text where the candidate has no measure; null where it cannot be said. */
export type Tagger = (candidate: Candidate, items: readonly Item[]) => Promise<readonly (boolean | null)[]>;

/** Fewest texts with and without the attribute. */
const PER_ARM = 10;

/**
 * Holds every candidate against the screen part: does the reward go with it among responses to the same prompt, the length being equal? `others` are the
 * texts of the propose part, which set the thresholds together with the screen's; no text of the confirm part is looked at.
 */
export async function screen(
  candidates: readonly Candidate[],
  rewarded: readonly Rewarded[],
  others: readonly Item[],
  tag: Tagger | null,
): Promise<Screened[]> {
  const rewards = Float64Array.from(rewarded, ({ reward }) => reward);
  const lengths = Float64Array.from(rewarded, ({ response }) => Math.log(1 + response.length));
  const prompts = numbered(rewarded.map(({ prompt }) => prompt));
  const results: Screened[] = [];
  for (const candidate of candidates) {
    const attribute = attributeOf(candidate, null);
    const base = { ...candidate, threshold: null, share: null, slope: null, slope_stderr: null, t: null };
    const none = { ...base, n: 0, chosen: null, flips_tried: 0, flips_worked: 0 };
    if (!attribute.rule && tag === null) {
      results.push({ ...none, dropped: "it has no measure, and there is no judge to ask" });
      continue;
    }
    const threshold = attribute.rule ? thresholdOf(attribute, [...others, ...rewarded]) : null;
    if (attribute.rule && threshold === null) {
      results.push({ ...none, dropped: "no text could be measured" });
      continue;
    }
    const tags = attribute.rule
      ? rewarded.map(({ response }) => above(attribute, response, threshold!))
      : await tag!(candidate, rewarded);
    const column = Float64Array.from(tags, (value) => (value === null ? Number.NaN : Number(value)));
    const known = column.filter((value) => !Number.isNaN(value));
    const ones = known.reduce((sum, value) => sum + value, 0);
    const found = {
      ...none,
      threshold,
      share: known.length === 0 ? null : ones / known.length,
      n: known.length,
    };
    if (ones < PER_ARM || known.length - ones < PER_ARM) {
      results.push({
        ...found,
        dropped: `${ones < PER_ARM ? `only ${ones} texts have it` : `only ${known.length - ones} texts lack it`}`,
      });
      continue;
    }
    const slope = withinPromptSlope(rewards, column, LENGTHS.has(candidate.name) ? null : lengths, prompts);
    results.push({
      ...found,
      slope: slope?.value ?? null,
      slope_stderr: slope?.standardError ?? null,
      t: slope?.t ?? null,
      dropped:
        slope === null ? "it does not vary among responses to one prompt, the length being equal" : null,
    });
  }
  return results;
}

/** The median of a measure, or the attribute's own threshold; null where no text can be measured. */
function thresholdOf(attribute: Attribute, items: readonly Item[]): number | null {
  const { measure, threshold } = attribute.rule!;
  if (threshold !== "median") return threshold;
  const values = items.flatMap(({ response }) => measure(response) ?? []).sort((a, b) => a - b);
  if (values.length === 0) return null;
  const middle = values.length >> 1;
  return values.length % 2 === 1 ? values[middle]! : (values[middle - 1]! + values[middle]!) / 2;
}

function above(attribute: Attribute, text: string, threshold: number): boolean | null {
  const value = attribute.rule!.measure(text);
  return value === null ? null : value > threshold;
}

function numbered(texts: readonly string[]): Int32Array {
  const numbers = new Map<string, number>();
  return Int32Array.from(texts, (text) => {
    const known = numbers.get(text) ?? numbers.size;
    numbers.set(text, known);
    return known;
  });
}

export interface Choice {
  /** How many go on for their |t|, and how many are drawn from the rest. */
  readonly strongest: number;
  readonly atRandom: number;
  readonly seed: number;
}

/**
 * Who goes on: the strongest by |t|, and some drawn from the rest whatever their t, so that what the screen cannot see has a chance too. Dropped ones are
 * not among them.
 */
export function choose(screened: readonly Screened[], { strongest, atRandom, seed }: Choice): Screened[] {
  const open = screened.filter(({ dropped }) => dropped === null);
  const byT = [...open].sort((a, b) => Math.abs(b.t!) - Math.abs(a.t!) || (a.name < b.name ? -1 : 1));
  const top = new Set(byT.slice(0, strongest).map(({ name }) => name));
  const drawn = new Set(
    byT
      .slice(strongest)
      .sort((a, b) => fractionOf(`${seed}\n${a.name}`) - fractionOf(`${seed}\n${b.name}`))
      .slice(0, atRandom)
      .map(({ name }) => name),
  );
  return screened.map((entry) => {
    if (top.has(entry.name)) return { ...entry, chosen: "strongest" };
    if (drawn.has(entry.name)) return { ...entry, chosen: "at_random" };
    return entry.dropped === null
      ? { ...entry, dropped: "others went more strongly with the reward" }
      : entry;
  });
}
