import { leastSquares } from "../numeric/least-squares.js";

/** How the reward goes with an attribute among the responses to one prompt. */
export interface WithinPromptSlope {
  /** Reward of a response with the attribute less that of one without, the prompt and the log of the length being equal; reward units. */
  readonly value: number;
  readonly standardError: number;
  readonly t: number;
  /** Rows of prompts with two or more responses, and those prompts. */
  readonly n: number;
  readonly prompts: number;
}

/** With fewer prompts the errors are those of independent rows (HC3); with more they allow for dependence within prompts (CR2). */
const PROMPTS_FOR_CLUSTERS = 10;

/**
 * Regression of the reward on a tag (0 or 1) with prompt fixed effects and the log of the length beside: every column is centred within its prompt, so that
 * what differs between prompts cannot be mistaken for the attribute. Null where the tag does not vary within prompts or goes with the length
 * altogether. A pooled regression would mistake prompts for attributes.
 *
 * @param rewards - finite, one a response
 * @param tags - 0 or 1; NaN leaves the row out
 * @param lengths - logs of the lengths; null to leave the length aside (for attributes that are lengths)
 * @param prompts - number of each response's prompt
 */
export function withinPromptSlope(
  rewards: Float64Array,
  tags: Float64Array,
  lengths: Float64Array | null,
  prompts: Int32Array,
): WithinPromptSlope | null {
  const groups = new Map<number, number[]>();
  tags.forEach((tag, row) => {
    if (Number.isNaN(tag)) return;
    const group = groups.get(prompts[row]!);
    if (group) group.push(row);
    else groups.set(prompts[row]!, [row]);
  });
  const several = [...groups.values()].filter((rows) => rows.length >= 2);
  const rows = several.flat();
  if (rows.length < 4) return null;
  const centred = (values: Float64Array) => centredWithin(values, several);
  const columns = [centred(tags), ...(lengths ? [centred(lengths)] : [])];
  const clusters =
    several.length >= PROMPTS_FOR_CLUSTERS
      ? Int32Array.from(several.flatMap((group, place) => group.map(() => place)))
      : null;
  const fit = leastSquares(centred(rewards), columns, clusters);
  if (fit === null) return null;
  // HC3 of the centred rows counts the means as known: a factor makes good for their degrees of freedom.
  const free = rows.length - several.length - columns.length;
  if (free < 1) return null;
  const factor = clusters ? 1 : Math.sqrt((rows.length - columns.length) / free);
  const [value, standardError] = [fit.coefficients[1]!, fit.standardErrors[1]! * factor];
  if (!(standardError > 0)) return null;
  return { value, standardError, t: value / standardError, n: rows.length, prompts: several.length };
}

/** Values less the mean of their group, in the order of the groups. */
function centredWithin(values: Float64Array, groups: readonly (readonly number[])[]): Float64Array {
  return Float64Array.from(
    groups.flatMap((rows) => {
      const mean = rows.reduce((total, row) => total + values[row]!, 0) / rows.length;
      return rows.map((row) => values[row]! - mean);
    }),
  );
}
