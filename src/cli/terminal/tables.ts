import { escapeControls } from "../../domain/escape-controls.js";
import type { EffectsFile, TruthCheck } from "../../estimation/files/effects-file.js";
import type { StudyInFile } from "../../estimation/files/study-file.js";
import { answer, estimateTable, flipTable, interval, pValue, signed } from "../../reporting/html/words.js";
import { tableText } from "./terminal-table.js";

/** One result in words and figures. */
export function resultText(effects: EffectsFile): string {
  const estimates = estimateTable(effects);
  const flips = flipTable(effects);
  return [
    escapeControls(answer(effects)),
    tableText(estimates.head, withReasonsBelow(estimates.rows).rows),
    ...withReasonsBelow(estimates.rows).notes,
    ...(flips ? [tableText(flips.head, flips.rows)] : []),
    ...preferenceText(effects),
    ...subgroupText(effects),
    ...effects.warnings.map((warning) => `Note: ${escapeControls(warning)}.`),
  ].join("\n");
}

export function truthText({ title, explanation, rows }: TruthCheck): string {
  return [
    title,
    explanation,
    tableText(
      ["", "effect size (sd)", "95 % CI", ""],
      rows.map((row) => [row.name, signed(row.value, 3), interval(row.low, row.high, 3), row.note]),
    ),
  ].join("\n");
}

/** Reasons are too long for a cell: they go below the table, once each. */
function withReasonsBelow(rows: readonly (readonly string[])[]): { rows: string[][]; notes: string[] } {
  const notes = new Set<string>();
  const shortened = rows.map((row) => {
    const reason = /^– \((.*)\)$/.exec(row[2]!)?.[1];
    if (reason === undefined) return [...row];
    notes.add(`– ${escapeControls(reason)}`);
    return row.map((cell, column) => (column === 2 ? "–" : cell));
  });
  return { rows: shortened, notes: [...notes] };
}

/** Several results judged together. */
export function studyText({ study, human, results }: StudyInFile): string {
  const row = (value: number, low: number, high: number, p: number) => [
    signed(value, 3),
    interval(low, high, 3),
    pValue(p),
  ];
  const parts = [
    results.map((effects) => escapeControls(answer(effects))).join("\n"),
    tableText(
      ["data set", "reward model", "effect size (sd)", "CI", "p", "Holm", "BH", "simultaneous CI"],
      study.rows.map((entry) => [
        entry.dataset,
        entry.reward_key,
        ...row(entry.value, entry.low, entry.high, entry.p_value),
        pValue(entry.holm),
        pValue(entry.benjamini_hochberg),
        interval(entry.simultaneous_low, entry.simultaneous_high, 3),
      ]),
    ),
  ];
  if (study.contrasts.length > 0) {
    parts.push(
      tableText(
        ["reward models on the same examples", "difference (sd)", "CI", "p"],
        study.contrasts.map((entry) => [
          `${entry.first} less ${entry.second} (${entry.dataset})`,
          ...row(entry.value, entry.low, entry.high, entry.p_value),
        ]),
      ),
    );
  }
  if (study.pooled.length > 0) {
    parts.push(
      tableText(
        ["pooled over data sets", "effect size (sd)", "CI", "p", "differ (p)"],
        study.pooled.map((entry) => [
          `${entry.concept} · ${entry.reward_key} (${entry.datasets.join(", ")})`,
          ...row(entry.value, entry.low, entry.high, entry.p_value),
          pValue(entry.heterogeneity?.p_value ?? null),
        ]),
      ),
    );
  }
  for (const means of human) {
    parts.push(
      `${escapeControls(means.dataset_filename)}, ${means.n} labelled examples: people prefer the w = 1 text in ${percentOf(means.human_preference_rate)}; ` +
        `the mean of ${means.reward_models} reward models: ${percentOf(means.mean_model_preference_rate)}, disagreeing in ${percentOf(means.mean_disagreement_rate)}.`,
    );
  }
  return parts.join("\n\n");
}

/** Preferences, people's and the model's. */
function preferenceText(effects: EffectsFile): string[] {
  const share = (name: string, from: Readonly<Record<string, unknown>>) =>
    `${percentOf(from[name])} (${percentOf(from[`${name}_ci_low`])} to ${percentOf(from[`${name}_ci_high`])})`;
  const { human } = effects;
  if (!human) return [];
  return [
    `Of ${human.n} labelled examples people prefer the w = 1 text in ${share("human_preference_rate", human)}, the model in ${share("model_preference_rate", human)}; they disagree in ${share("disagreement_rate", human)}.`,
  ];
}

function percentOf(value: unknown): string {
  return typeof value === "number" ? `${(100 * value).toFixed(6)} %` : "–";
}

/** Effects by subgroup. */
function subgroupText({ subgroups }: EffectsFile): string[] {
  if (!subgroups) return [];
  const rows = subgroups.groups.map(({ name, estimates }) => {
    const main = estimates.find((entry) => entry.estimator === "rate" && entry.estimand === "ate")!;
    return [
      name,
      signed(main.effect_size, 3),
      interval(main.effect_size_ci_low, main.effect_size_ci_high, 3),
      String(main.n),
    ];
  });
  const { heterogeneity } = subgroups;
  const test = heterogeneity
    ? [
        `The groups' effects differ: Q = ${heterogeneity.q.toFixed(2)} on ${heterogeneity.degrees}, p ${pValue(heterogeneity.p_value)}.`,
      ]
    : [];
  return [tableText([subgroups.by, "effect size (sd)", "CI", "n"], rows), ...test];
}
