import { shortName } from "../../domain/escape-controls.js";
import type { EffectsFile, EstimateRow } from "../../estimation/files/effects-file.js";

/** Estimators as people read them. */
export const ESTIMATOR_NAMES = { naive: "naive", single_rewrite: "single rewrite", rate: "RATE" } as const;

/** A number with its sign, minus being a real minus; "–" for none. */
export function signed(value: number | null, digits = 2): string {
  if (value === null) return "–";
  const text = Math.abs(value).toFixed(digits);
  if (Number(text) === 0) return text;
  return `${value < 0 ? "−" : "+"}${text}`;
}

/** A number as it is, minus being a real minus. */
export function plain(value: number | null, digits = 2): string {
  return signed(value, digits).replace("+", "");
}

export function interval(low: number | null, high: number | null, digits = 2): string {
  return low === null || high === null ? "–" : `${plain(low, digits)} to ${plain(high, digits)}`;
}

export function pValue(value: number | null): string {
  if (value === null) return "–";
  return value < 0.0001 ? "< 0.0001" : value.toFixed(4);
}

export function percent(level: number): string {
  return `${Number((100 * level).toPrecision(6))} %`;
}

/** The row that answers the question: RATE over all examples. */
export function mainRow(effects: EffectsFile): EstimateRow {
  return findRow(effects, "rate", "ate");
}

export function findRow(
  effects: EffectsFile,
  estimator: EstimateRow["estimator"],
  estimand: EstimateRow["estimand"],
): EstimateRow {
  return effects.estimates.find((row) => row.estimator === estimator && row.estimand === estimand)!;
}

/** What the reward model does with the attribute, in one plain sentence. */
export function answer(effects: EffectsFile): string {
  const concept = effects.concept === null ? "the attribute" : shortName(effects.concept);
  const model = shortName(effects.reward_key);
  const row = mainRow(effects);
  if (row.value === null) return `${model}: the effect of ${concept} cannot be estimated: ${row.reason}.`;
  const inSd = row.effect_size !== null;
  const unit = inSd ? " sd" : " reward units";
  const [value, low, high] = inSd
    ? [row.effect_size, row.effect_size_ci_low, row.effect_size_ci_high]
    : [row.value, row.ci_low, row.ci_high];
  const level = row.ci_level === null ? "" : `, ${percent(row.ci_level)} CI ${interval(low, high)}`;
  return `${model} ${verdict(row, concept)}: ${signed(value)}${unit}${level}${comparison(effects, inSd)}.`;
}

function verdict(row: EstimateRow, concept: string): string {
  if (row.ci_low === null || row.ci_high === null) return `and ${concept}`;
  if (row.ci_low > 0) return `pays for ${concept}`;
  if (row.ci_high < 0) return `charges for ${concept}`;
  return `shows no effect of ${concept} that can be told from none`;
}

function comparison(effects: EffectsFile, inSd: boolean): string {
  const naive = findRow(effects, "naive", "ate");
  if (naive.value === null) return ` (no naive comparison: ${naive.reason})`;
  return `; the naive comparison would have said ${signed(inSd ? naive.effect_size : naive.value)}`;
}

/** Many results in a sentence for each attribute. */
export function overview(results: readonly EffectsFile[]): string[] {
  const concepts = new Map<string, EffectsFile[]>();
  for (const effects of results) {
    const name = shortName(effects.concept ?? effects.dataset_name ?? effects.dataset_filename);
    concepts.set(name, [...(concepts.get(name) ?? []), effects]);
  }
  return [...concepts].map(([concept, own]) => {
    if (own.length === 1) return answer(own[0]!);
    const rows = own.map((effects) => ({ effects, row: mainRow(effects) }));
    const count = (test: (row: EstimateRow) => boolean) => rows.filter(({ row }) => test(row)).length;
    const parts = [
      [count(({ ci_low }) => ci_low !== null && ci_low > 0), "pays for it", "pay for it"],
      [count(({ ci_high }) => ci_high !== null && ci_high < 0), "charges for it", "charge for it"],
      [
        count((row) => verdict(row, "it").startsWith("shows")),
        "shows no effect that can be told from none",
        "show no effect that can be told from none",
      ],
      [count(({ ci_low }) => ci_low === null), "cannot be judged", "cannot be judged"],
    ] as const;
    const told = parts
      .filter(([number]) => number > 0)
      .map(([number, one, more]) => `${number} ${number === 1 ? one : more}`);
    const sized = rows
      .flatMap(({ effects, row }) => (row.effect_size === null ? [] : [{ effects, size: row.effect_size }]))
      .sort((a, b) => a.size - b.size);
    const end = (entry: (typeof sized)[number]) =>
      `${signed(entry.size)} sd (${shortName(entry.effects.reward_key)})`;
    const range = sized.length > 1 ? `: from ${end(sized[0]!)} to ${end(sized.at(-1)!)}` : "";
    return `${concept}: of ${own.length} results ${told.join(", ")}${range}.`;
  });
}

/** Header and rows of the table of estimates. */
export function estimateTable(effects: EffectsFile): { head: string[]; rows: string[][] } {
  const level = percent(effects.ci_level);
  return {
    head: [
      "estimator",
      "estimand",
      "effect size (sd)",
      `${level} CI`,
      "reward units",
      "standard error",
      "p",
      "n",
    ],
    rows: effects.estimates.map((row) => [
      ESTIMATOR_NAMES[row.estimator],
      row.estimand.toUpperCase(),
      ...(row.value === null
        ? [`– (${row.reason})`, "–", "–", "–", "–"]
        : [
            signed(row.effect_size, 3),
            interval(row.effect_size_ci_low, row.effect_size_ci_high, 3),
            signed(row.value, 4),
            plain(row.stderr, 4),
            pValue(row.p_value),
          ]),
      String(row.n),
    ]),
  };
}

/** Header and rows of the table of successful flips; null when the file does not say. */
export function flipTable(effects: EffectsFile): { head: string[]; rows: string[][] } | null {
  const { flips } = effects;
  if (!flips) return null;
  const share = ({ succeeded, of }: { succeeded: number; of: number }) =>
    of === 0 ? "–" : `${((100 * succeeded) / of).toFixed(1)} % of ${of}`;
  return {
    head: ["flips that succeeded", "to w = 1", "to w = 0"],
    rows: [
      ["rewrite", share(flips.rewrite.to_w_1), share(flips.rewrite.to_w_0)],
      [
        "rewrite of the rewrite",
        share(flips.rewritten_rewrite.to_w_1),
        share(flips.rewritten_rewrite.to_w_0),
      ],
    ],
  };
}
