import type { SensitivityRow } from "./row.js";

/** What the conclusion reads of a row; file rows have it too. */
export interface ConclusionRow
  extends Pick<SensitivityRow, "name" | "estimand" | "value" | "effectSize" | "n"> {
  readonly details?: Readonly<Record<string, number | null>> | undefined;
  readonly unbounded?: boolean | undefined;
  readonly low: number | null;
  readonly high: number | null;
}

/**
 * One plain sentence or two: whether the attribute or the rewriter made the effect, as far as the analyses of one estimand can tell. Null without a tipping
 * point.
 */
export function conclusion(rows: readonly ConclusionRow[], estimand: string): string | null {
  const own = rows.filter((row) => row.estimand === estimand);
  const find = (name: string) => own.find((row) => row.name === name);
  const tipping = find("tipping_point");
  if (!tipping || tipping.value === null) return null;
  if (tipping.value === 0)
    return "The interval holds no effect already, so nothing needs to be explained away.";
  const worth = tipping.effectSize === null ? null : Math.abs(tipping.effectSize);
  const unit = (sd: number) => `${sd.toFixed(2)} sd`;
  const parts = [
    worth === null
      ? "An unmeasured one-sided change by the rewriter could explain this away."
      : `It would take an unmeasured one-sided change by the rewriter worth ${unit(worth)} to explain this away`,
  ];
  const measured = tipping.details?.largest_measured_sd;
  if (worth !== null) {
    parts[0] +=
      typeof measured === "number"
        ? `; the largest measured one is worth ${unit(Math.abs(measured))}.`
        : "; nothing that else changed was measured.";
  }
  const adjusted = find("off_target_adjusted");
  if (adjusted && adjusted.low !== null && adjusted.high !== null && adjusted.low <= 0 && adjusted.high >= 0)
    parts.push("Adjusted for what else changed, the effect is not shown.");
  const flips = find("per_achieved_flip");
  if (flips?.unbounded) parts.push("Too few flips worked to bound the effect of one.");
  return parts.join(" ");
}
