import { escapeControls } from "../../domain/escape-controls.js";
import type { EffectsFile, TruthCheck } from "../../estimation/files/effects-file.js";
import type { HumanMeans, StudyInFile } from "../../estimation/files/study-file.js";
import { answer, armName } from "../../reporting/html/answers.js";
import { groupsText } from "../../reporting/html/subgroup-text.js";
import { verdictSign } from "../../reporting/html/verdicts.js";
import {
  digitsFor,
  estimateTable,
  flipTable,
  interval,
  mainRow,
  pValue,
  shownEstimate,
  signed,
} from "../../reporting/html/words.js";
import { resultLines } from "./result-lines.js";
import { tableText } from "./terminal-table.js";

/** One result in words and all its figures. */
export function fullResult(effects: EffectsFile): string {
  const estimates = estimateTable(effects);
  const flips = flipTable(effects);
  return [
    escapeControls(answer(effects)),
    tableText(estimates.head, withReasonsBelow(estimates.rows).rows, { keys: 2 }),
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

/** Several results judged together, in all their figures; differences between reward models are printed on request. */
export function fullStudy({ study, human, results }: StudyInFile): string {
  const row = (value: number, low: number, high: number, p: number) => [
    signed(value, digitsFor(low, high, 3)),
    interval(low, high, 3),
    pValue(p),
  ];
  const parts = [
    results.map((effects) => escapeControls(answer(effects))).join("\n"),
    tableText(
      ["data set", "reward model", "effect size (sd)", "CI", "p", "verdict", "Holm", "BH", "simultaneous CI"],
      study.rows.map((entry) => [
        entry.dataset,
        entry.reward_key,
        ...row(entry.value, entry.low, entry.high, entry.p_value),
        verdictSign(verdictIn(results, entry.dataset, entry.reward_key)),
        pValue(entry.holm),
        pValue(entry.benjamini_hochberg),
        interval(entry.simultaneous_low, entry.simultaneous_high, 3),
      ]),
      { keys: 2 },
    ),
  ];
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
  parts.push(...sharedRowsText(study));
  parts.push(...human.map((means) => humanText(means, results)));
  return parts.join("\n\n");
}

/** Data sets with the same rows under two names. */
export function sharedRowsText({ shared_rows }: StudyInFile["study"]): string[] {
  return shared_rows.map(
    ({ first, second, rows, reward_key }) =>
      `Note: ${escapeControls(first)} and ${escapeControls(second)} share ${rows} rows under ${escapeControls(reward_key)}: they are not two data sets.`,
  );
}

function verdictIn(results: readonly EffectsFile[], dataset: string, rewardKey: string) {
  const own = results.find(
    (effects) =>
      effects.reward_key === rewardKey && (effects.dataset_name ?? effects.dataset_filename) === dataset,
  );
  return own && mainRow(own).verdict;
}

/** People and the mean of the reward models, on a data set. */
export function humanText(means: HumanMeans, results: readonly EffectsFile[]): string {
  const own = results.find(({ dataset_filename }) => dataset_filename === means.dataset_filename);
  const text = own ? armName(own, "w_1") : "w = 1";
  return (
    `${escapeControls(means.dataset_filename)}, ${means.n} labelled examples: people prefer the ${text} text in ${percentOf(means.human_preference_rate)}; ` +
    `the mean of ${means.reward_models} reward models: ${percentOf(means.mean_model_preference_rate)}, disagreeing in ${percentOf(means.mean_disagreement_rate)}.`
  );
}

/** Preferences, people's and the model's. */
export function preferenceText(effects: EffectsFile): string[] {
  const share = (name: string, from: Readonly<Record<string, unknown>>) =>
    `${percentOf(from[name])} (${percentOf(from[`${name}_ci_low`])} to ${percentOf(from[`${name}_ci_high`])})`;
  const { human } = effects;
  if (!human) return [];
  return [
    `Of ${human.n} labelled examples people prefer the ${armName(effects, "w_1")} text in ${share("human_preference_rate", human)}, the model in ${share("model_preference_rate", human)}; they disagree in ${share("disagreement_rate", human)}.`,
  ];
}

function percentOf(value: unknown): string {
  return typeof value === "number" ? `${(100 * value).toFixed(1)} %` : "–";
}

/** Effects by subgroup: a line each, and what the test says. Groups that are too small to be tested are shown too. */
export function subgroupText({ subgroups, ci_level: level }: EffectsFile): string[] {
  if (!subgroups) return [];
  const lines = subgroups.groups.map(({ name, estimates }) => {
    const row = estimates.find((entry) => entry.estimator === "rate" && entry.estimand === "ate")!;
    const isShown = row.value !== null && row.effect_size_ci_low !== null;
    return {
      names: [name],
      estimate: isShown ? shownEstimate(row) : null,
      end: `${verdictSign(row.verdict)} (n = ${row.n})`,
    };
  });
  return [`By ${escapeControls(subgroups.by)}:`, ...resultLines(lines), groupsText(subgroups, level)];
}
