import { plain, signed } from "../../reporting/html/words.js";
import type { ManifestDiff } from "../../study/manifest-diff.js";
import { differenceText } from "../../study/repeat.js";
import { tableText } from "./terminal-table.js";

const PARTS = [
  ["program", "program"],
  ["environment", "environment"],
  ["config", "configuration"],
  ["data", "data"],
  ["prompts", "rewriters and prompts"],
  ["models", "reward models"],
  ["seeds", "seeds"],
  ["counts", "counts"],
  ["usage", "requests and cost"],
  ["timings", "timings"],
] as const;

/** What differs, part by part; parts that are the same are left out. */
export function diffText(found: ManifestDiff): string {
  const parts = PARTS.flatMap(([key, title]) =>
    found[key].length === 0
      ? []
      : [`${title}:\n${found[key].map((line) => `  ${differenceText(line)}`).join("\n")}`],
  );
  const input = found.same_input
    ? "Program, configuration, data, prompts, models and seeds are the same."
    : "What goes in differs.";
  if (found.same_estimates) return [input, ...parts, "All estimates are the same."].join("\n");
  const rows = found.estimates.map((row) => [
    `${row.dataset ?? row.concept ?? ""} · ${row.reward_key}`,
    `${row.estimator} ${row.estimand}`,
    signed(row.a, 4),
    signed(row.b, 4),
    signed(row.difference, 4),
    row.standard_errors === null ? "–" : plain(row.standard_errors, 2),
  ]);
  const head = ["data set, reward model", "estimate", "A", "B", "B − A", "in standard errors"];
  return [input, ...parts, tableText(head, rows)].join("\n");
}
