import { escapeControls } from "../../domain/escape-controls.js";
import { ESTIMATOR_NAMES, interval, signed } from "../../reporting/html/words.js";
import type { SyntheticFile } from "../../reporting/stage/synthetic-file.js";
import { tableText } from "./terminal-table.js";

/** A semi-synthetic experiment: the counts of every cell, the estimates at every level, and the slopes. */
export function syntheticText(file: SyntheticFile): string {
  const names = (["naive", "single_rewrite", "rate"] as const).filter((name) =>
    file.panels.some(({ slopes }) => slopes.some(({ estimator }) => estimator === name)),
  );
  const dropped = Object.entries(file.dropped).map(([reason, count]) => `${count} dropped (${reason})`);
  const parts = [
    `${escapeControls(file.title)}\n${file.examples} examples under ${escapeControls(file.reward_key)}${dropped.length === 0 ? "" : `, ${dropped.join(", ")}`}; effects in sd of their rewards (${file.scale.toPrecision(4)} reward units); seed ${file.seed}`,
  ];
  for (const { axis, title, levels, slopes, published_slopes } of file.panels) {
    const cells = Object.keys(levels[0]?.counts ?? {});
    parts.push(
      `${escapeControls(title)}\n${tableText(
        [axis, "exactly", "n", ...cells, ...names.map((name) => `${ESTIMATOR_NAMES[name]} (sd)`)],
        levels.map(({ at, share, n, counts, estimates }) => [
          at.toFixed(2),
          share.toFixed(4),
          String(n),
          ...cells.map((cell) => String(counts[cell])),
          ...names.map((name) => {
            const found = estimates.find(({ estimator }) => estimator === name);
            return found ? `${signed(found.value, 3)} (${interval(found.low, found.high)})` : "–";
          }),
        ]),
      )}`,
      tableText(
        ["slope over the levels", "sd per unit", "standard error", "95 % CI", "as published"],
        slopes.map((slope) => [
          ESTIMATOR_NAMES[slope.estimator],
          signed(slope.value, 4),
          slope.standard_error.toFixed(4),
          interval(slope.ci_low, slope.ci_high, 4),
          publishedText(published_slopes.find(({ estimator }) => estimator === slope.estimator)?.value),
        ]),
      ),
    );
  }
  return parts.join("\n\n");
}

function publishedText(slope: number | undefined): string {
  return slope === undefined ? "–" : signed(slope, 4);
}
