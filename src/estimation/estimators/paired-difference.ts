import type { RewardTable } from "../../domain/example.js";
import { difference, type InfluenceEstimate } from "./influence.js";
import { selectRows } from "./select.js";

/** A table whose rows have names. */
export interface Identified {
  readonly table: RewardTable;
  readonly idOf: (row: number) => string;
}

export interface PairedDifference {
  readonly value: number;
  readonly standardError: number;
  readonly degrees: number;
  /** Examples that either estimate has. */
  readonly n: number;
}

/**
 * The first table's estimate less the second's, paired: each example's part in the one less its part in the other (the delta method's scores, `InfluenceEstimate`).
 * Examples that one table alone has are a part of that estimate alone. Null where there is no estimate or no standard error.
 */
export function pairedDifference(
  first: Identified,
  second: Identified,
  estimateOf: (table: RewardTable) => InfluenceEstimate | null,
): PairedDifference | null {
  const [a, b] = [estimateOf(first.table), estimateOf(second.table)];
  if (!a || !b) return null;
  const places = new Map<string, number>();
  const placeOf = (id: string) => {
    const known = places.get(id);
    if (known !== undefined) return known;
    places.set(id, places.size);
    return places.size - 1;
  };
  const placed = [first, second].map(({ table, idOf }) =>
    Int32Array.from(table.treated, (_, row) => placeOf(idOf(row))),
  ) as [Int32Array, Int32Array];
  const spread = (linear: InfluenceEstimate, rows: Int32Array): InfluenceEstimate => {
    const scores = new Float64Array(places.size);
    const groups = new Uint8Array(places.size);
    rows.forEach((place, row) => {
      scores[place] = linear.scores[row]!;
      groups[place] = linear.groups[row]!;
    });
    return { ...linear, scores, groups };
  };
  const clusters =
    first.table.clusters && second.table.clusters
      ? sharedClusters(first.table.clusters, second.table.clusters, placed, places.size)
      : null;
  const { value, error } = difference(spread(a, placed[0]), spread(b, placed[1]), clusters);
  return error && { value, ...error, n: places.size };
}

/** Each table numbers its clusters for itself: the second's are known by the examples that the first has too, and the rest are new. */
function sharedClusters(
  first: Int32Array,
  second: Int32Array,
  [a, b]: readonly [Int32Array, Int32Array],
  size: number,
): Int32Array {
  const clusters = new Int32Array(size).fill(-1);
  a.forEach((place, row) => {
    clusters[place] = first[row]!;
  });
  let next = first.reduce((most, cluster) => Math.max(most, cluster), -1) + 1;
  const names = new Map<number, number>();
  b.forEach((place, row) => {
    if (clusters[place]! >= 0) names.set(second[row]!, clusters[place]!);
  });
  b.forEach((place, row) => {
    if (clusters[place]! >= 0) return;
    const own = second[row]!;
    if (!names.has(own)) {
      names.set(own, next);
      next += 1;
    }
    clusters[place] = names.get(own)!;
  });
  return clusters;
}

/** Both tables cut down to the examples that both have, and how many each has alone. */
export function onSharedExamples(
  first: Identified,
  second: Identified,
): {
  readonly first: Identified;
  readonly second: Identified;
  readonly onlyFirst: number;
  readonly onlySecond: number;
} {
  const [a, b] = [first, second].map(
    ({ table, idOf }) => new Set(Array.from(table.treated, (_, row) => idOf(row))),
  ) as [Set<string>, Set<string>];
  const cut = ({ table, idOf }: Identified, other: ReadonlySet<string>): Identified => {
    const rows = Array.from(table.treated, (_, row) => row).filter((row) => other.has(idOf(row)));
    return { table: selectRows(table, rows), idOf: (row) => idOf(rows[row]!) };
  };
  const kept = { first: cut(first, b), second: cut(second, a) };
  const shared = kept.first.table.treated.length;
  return { ...kept, onlyFirst: a.size - shared, onlySecond: b.size - shared };
}
