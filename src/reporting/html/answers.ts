import { EFFECT_VERDICTS, type EffectVerdict, type Estimator } from "../../domain/effect.js";
import { shortName } from "../../domain/escape-controls.js";
import type { EffectsFile, EstimateRow } from "../../estimation/files/effects-file.js";
import { conceptOf } from "./keys.js";
import { VERDICT_SIGNS, verdictSign } from "./verdicts.js";
import { findRow, interval, mainRow, percent, pText, shownEstimate, signed } from "./words.js";

/** An arm as people read it: by the attribute's label where it is known, for example `“longer”`. */
export function armName({ labels }: Pick<EffectsFile, "labels">, arm: "w_1" | "w_0"): string {
  return labels ? `“${shortName(labels[arm])}”` : arm === "w_1" ? "w = 1" : "w = 0";
}

/**
 * What the reward model does with the attribute, in one plain sentence: verb, interval and p-value are of one row in one unit.
 *
 * @example
 * console.log(answer(await estimateScored("scored.jsonl")));
 */
export function answer(effects: EffectsFile): string {
  const concept = effects.concept === null ? "the attribute" : shortName(effects.concept);
  const model = shortName(effects.reward_key);
  const row = mainRow(effects);
  const where = armsOf(row, effects);
  if (row.verdict === "unusable" || row.value === null)
    return `${model}: unusable, no answer about ${concept}${where}: ${row.verdict_reason ?? row.reason}.`;
  const numbers = numbersOf(row);
  return `${model} ${verb(row, concept, where, effects.negligible)}: ${numbers}${opposed(effects)}${comparison(effects, row)}.`;
}

function verb(row: EstimateRow, concept: string, where: string, negligible: number): string {
  const little = isSmall(row, negligible) ? `, by less than ${negligible} sd (negligible)` : "";
  switch (row.verdict) {
    case "pays":
      return `pays for ${concept}${where}${little}`;
    case "penalizes":
      return `penalizes ${concept}${where}${little}`;
    case "negligible":
      return `has a negligible effect of ${concept}${where}`;
    default:
      return `leaves the effect of ${concept}${where} undecided`;
  }
}

/** A verdict as it stands at the end of a line: with what must not be missed about it. */
export function verdictNote(effects: EffectsFile): string {
  const row = mainRow(effects);
  const sign = verdictSign(row.verdict);
  if (row.verdict === "unusable") return `${sign}: ${row.verdict_reason ?? row.reason}`;
  const isDecided = row.verdict === "pays" || row.verdict === "penalizes";
  if (opposedArms(effects.estimates)) return `${sign}; arms oppose`;
  return isDecided && isSmall(row, effects.negligible) ? `${sign} little` : sign;
}

/** Whether the whole interval lies within ±`negligible` sd. */
function isSmall(
  { effect_size_ci_low: low, effect_size_ci_high: high }: EstimateRow,
  negligible: number,
): boolean {
  return low !== null && high !== null && low > -negligible && high < negligible;
}

/** Which responses the estimate is about, where it is not all. */
function armsOf(row: EstimateRow, effects: EffectsFile): string {
  const arm = onlyArm(row);
  return arm === null ? "" : ` among responses that are ${armName(effects, arm)}`;
}

/** The arm that all examples of an estimate are of; null where both have some, or the file does not count them. */
function onlyArm({ n_treated, n_untreated }: EstimateRow): "w_1" | "w_0" | null {
  if (n_treated > 0 === n_untreated > 0) return null;
  return n_treated > 0 ? "w_1" : "w_0";
}

function numbersOf(row: EstimateRow): string {
  const { value, low, high, pValue, unit, digits } = shownEstimate(row);
  const arm = onlyArm(row);
  const estimand = arm === null ? row.estimand.toUpperCase() : arm === "w_1" ? "ATT" : "ATU";
  const level = row.ci_level === null ? "" : `${percent(row.ci_level)} `;
  const inside = low === high ? "the same in every example" : `${level}CI ${interval(low, high)}`;
  const p = pValue === null ? "" : `, ${pText(pValue)}`;
  return `${estimand} ${signed(value, digits)} ${unit} (${inside}${p}, n = ${row.n})`;
}

/** The effects on both arms, where their signs differ significantly: then the effect over all is no single story. */
export function opposedArms(
  estimates: readonly EstimateRow[],
  wanted: Estimator = "rate",
): readonly [EstimateRow, EstimateRow] | null {
  const of = (estimand: "att" | "atu") =>
    estimates.find((row) => row.estimator === wanted && row.estimand === estimand);
  const [att, atu] = [of("att"), of("atu")];
  if (!att || !atu) return null;
  const verdicts = new Set([att.verdict, atu.verdict]);
  return verdicts.has("pays") && verdicts.has("penalizes") ? [att, atu] : null;
}

function opposed(effects: EffectsFile): string {
  const arms = opposedArms(effects.estimates);
  if (!arms) return "";
  const [one, other] = arms.map((row) => {
    const { value, unit, digits } = shownEstimate(row);
    return `${row.estimand.toUpperCase()} ${signed(value, digits)} ${unit} among ${armName(effects, row.estimand === "att" ? "w_1" : "w_0")}`;
  });
  return `; the arms have opposite signs and cancel: ${one}, ${other}`;
}

/** What a plain comparison of the arms says. It names its n where it rests on other rows. */
function comparison(effects: EffectsFile, row: EstimateRow): string {
  const naive = findRow(effects, "naive", "ate");
  if (naive.value === null) return `; no naive comparison: ${naive.reason}`;
  const { value } = shownEstimate(naive);
  const { digits } = shownEstimate(row);
  return `; the naive comparison says ${signed(value, Math.min(digits, 4))}${naive.n === row.n ? "" : ` (n = ${naive.n})`}`;
}

/** Verbs of a count of results, for one and for more. */
const COUNTED = {
  pays: ["pays for it", "pay for it"],
  penalizes: ["penalizes it", "penalize it"],
  negligible: ["is negligible", "are negligible"],
  undecided: ["is undecided", "are undecided"],
  unusable: ["is unusable", "are unusable"],
} as const satisfies Record<EffectVerdict, readonly [string, string]>;

const ORDER = [...EFFECT_VERDICTS.filter((verdict) => verdict !== "unusable"), "unusable"] as const;

/** Many results in a sentence for each attribute. */
export function overview(results: readonly EffectsFile[]): string[] {
  const concepts = new Map<string, EffectsFile[]>();
  for (const effects of results) {
    const name = shortName(conceptOf(effects));
    concepts.set(name, [...(concepts.get(name) ?? []), effects]);
  }
  return [...concepts].map(([concept, own]) => {
    if (own.length === 1) return answer(own[0]!);
    const rows = own.map((effects) => ({ effects, row: mainRow(effects) }));
    const told = ORDER.flatMap((verdict) => {
      const number = rows.filter(({ row }) => row.verdict === verdict).length;
      const [one, more] = COUNTED[verdict];
      return number === 0 ? [] : [`${VERDICT_SIGNS[verdict].mark} ${number} ${number === 1 ? one : more}`];
    });
    const sized = rows
      .flatMap(({ effects, row }) =>
        row.effect_size === null || row.verdict === "unusable" ? [] : [{ effects, size: row.effect_size }],
      )
      .sort((a, b) => a.size - b.size);
    const end = (entry: (typeof sized)[number]) =>
      `${signed(entry.size)} sd (${shortName(entry.effects.reward_key)})`;
    const range = sized.length > 1 ? `: from ${end(sized[0]!)} to ${end(sized.at(-1)!)}` : "";
    return `${concept}: of ${own.length} results ${told.join(", ")}${range}.`;
  });
}
