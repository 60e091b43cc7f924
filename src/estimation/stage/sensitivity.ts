import type { Effect } from "../../domain/effect.js";
import { FLIP, type ScoredTable } from "../../storage/examples/scored.js";
import type { EffectSummary } from "../estimators/estimate-effects.js";
import type { PairedColumns } from "../sensitivity/arms.js";
import { rateDifferences } from "../sensitivity/differences.js";
import { equalArms } from "../sensitivity/equal-arms.js";
import { perAchievedFlip } from "../sensitivity/per-achieved-flip.js";
import { policyWeighted } from "../sensitivity/policy-weighted.js";
import { againstReference } from "../sensitivity/reference.js";
import type { RowScale, SensitivityRow } from "../sensitivity/row.js";
import { tippingPoint } from "../sensitivity/tipping-point.js";
import type { TextWork } from "./sensitivity-texts.js";

/** Up to so many examples the texts are read and measured without being asked; it takes about two milliseconds an example. */
const MEASURED_UNASKED = 1_000;
/** Up to so many examples all that needs the rewards alone is done without being asked. */
const RANKED_UNASKED = 10_000;

export interface SensitivityWork extends TextWork {
  readonly summary: EffectSummary;
  readonly level: number;
  /** `auto` measures texts of up to `MEASURED_UNASKED` examples, `all` of any number. */
  readonly extent: "auto" | "all";
  /** The same examples under what is wanted: a judge, a second model. */
  readonly reference?: {
    readonly name: string;
    readonly scored: ScoredTable;
    readonly rewardStd: number | null;
  };
}

/**
 * All that bounds the effect or measures what the rewriter adds, as far as the data at hand allow. Reads the texts where they are to be measured.
 */
export async function sensitivityOf(work: SensitivityWork): Promise<SensitivityRow[]> {
  const { scored, summary, level } = work;
  const { table } = scored;
  if (table.treated.length === 0) return [];
  const scale = { level, rewardStd: summary.rewardStd.value };
  const data = { differences: rateDifferences(table), treated: table.treated, clusters: table.clusters };
  const rows: SensitivityRow[] = [];
  const n = table.treated.length;
  const isAsked = work.extent === "all";
  if (isAsked || n <= RANKED_UNASKED) {
    rows.push(...perAchievedFlip(data, achievedFlips(scored), scale));
    const equal = equalArms(data, scale);
    if (equal) rows.push(equal);
    if (summary.rewardStd.pooledOver === "original")
      rows.push(...policyWeighted(data, table.original, scale));
  }
  rows.push(...referenceRows(work, data, scale));
  if (isAsked || n <= MEASURED_UNASKED) {
    const { rowsOfTexts } = await import("./sensitivity-texts.js");
    rows.push(...(await rowsOfTexts(work, data, scale)));
  }
  rows.push(...tippingPoints(summary, rows, scale));
  return rows;
}

/** D_i = W(do(1) text) − W(do(0) text): both flips worked 1, one 0, none −1; NaN where either is not known. */
function achievedFlips({ flipOf }: Pick<ScoredTable, "flipOf">): Float64Array {
  const worked = (flip: number) => (flip === FLIP.unknown ? Number.NaN : Number(flip === FLIP.succeeded));
  return Float64Array.from(
    flipOf.rewrite,
    (flip, row) => worked(flip) + worked(flipOf.rewriteOfRewrite[row]!) - 1,
  );
}

function referenceRows({ scored, reference }: SensitivityWork, data: PairedColumns, scale: RowScale) {
  if (!reference || reference.rewardStd === null || scale.rewardStd === null) return [];
  const places = new Map<string, number>();
  for (let row = 0; row < data.treated.length; row += 1) places.set(scored.idOf(row), row);
  const differences = new Float64Array(data.treated.length).fill(Number.NaN);
  const theirs = rateDifferences(reference.scored.table);
  theirs.forEach((difference, row) => {
    const place = places.get(reference.scored.idOf(row));
    if (place !== undefined) differences[place] = difference;
  });
  return againstReference(
    data,
    { differences: data.differences, rewardStd: scale.rewardStd },
    { differences, rewardStd: reference.rewardStd },
    reference.name,
    scale,
  );
}

function tippingPoints(
  { rows }: EffectSummary,
  found: readonly SensitivityRow[],
  scale: RowScale,
): SensitivityRow[] {
  return rows
    .filter((row): row is Effect => row.value !== null && row.estimator === "rate")
    .flatMap(({ estimand, value, standardError, df, n }) => {
      if (standardError === null || df === null || !(standardError > 0)) return [];
      const adjusted = found.find((row) => row.name === "off_target_adjusted" && row.estimand === estimand);
      const contributions = adjusted?.details as Record<string, number> | undefined;
      const known = { value, standardError, degrees: df, n };
      return [tippingPoint({ estimand }, known, contributions ?? null, scale)];
    });
}
