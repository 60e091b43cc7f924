import { escapeControls } from "../../domain/escape-controls.js";
import type { DiscoveryFile } from "../../study/discovery/discovery-file.js";

const NAME_WIDTH = 20;

/** What a discovery found: a line a confirmed candidate, then what became of the others. */
export function discoveryText(file: DiscoveryFile): string {
  const confirmed = file.confirmed.filter(({ is_confirmed }) => is_confirmed);
  const lines = file.confirmed.map((row) => {
    const name = escapeControls(row.name).slice(0, NAME_WIDTH).padEnd(NAME_WIDTH);
    const effect = row.effect_size === null ? "     –" : signed(row.effect_size);
    const interval =
      row.ci_low === null || row.ci_high === null
        ? ""
        : `[${row.ci_low.toFixed(2)}, ${row.ci_high.toFixed(2)}]`;
    const verb = !row.is_confirmed
      ? row.verdict === "unusable"
        ? "unusable"
        : "not shown"
      : row.effect_size! > 0
        ? "pays"
        : "penalizes";
    const finding = row.finding === null ? "" : `  ${row.finding}`;
    return `${row.is_confirmed ? "●" : "○"} ${name} ${effect} sd ${interval.padEnd(15)} ${verb}${finding}`;
  });
  const dropped = file.screened.filter(({ chosen, dropped }) => chosen !== null && dropped !== null);
  const share = Math.round(100 * (1 - file.alpha));
  return [
    `What ${escapeControls(file.reward_key)} pays for that nobody has named (${escapeControls(file.dataset_name)}):`,
    ...lines,
    "",
    `${file.candidates.length} candidates, ${file.screened.filter(({ t }) => t !== null).length} screened, ` +
      `${file.screened.filter(({ chosen }) => chosen !== null).length} chosen, ${dropped.length} dropped because their flips failed, ` +
      `${file.confirmed.length} tested, ${confirmed.length} confirmed.`,
    `Any false claim: at most ${(100 * file.alpha).toFixed(0)} % (Holm); the intervals hold for all at once (${share} %).`,
    ...dropped.map(
      ({ name, dropped: reason }) => `Dropped: ${escapeControls(name)}: ${escapeControls(reason!)}`,
    ),
    ...(file.proposer === null
      ? ["No language model proposed: the candidates are the library's (docs/attributes.md)."]
      : []),
  ].join("\n");
}

function signed(value: number): string {
  return `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(2)}`.padStart(6);
}
