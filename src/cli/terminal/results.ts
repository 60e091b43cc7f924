import { inputError } from "../../domain/errors.js";
import { escapeControls, shortName } from "../../domain/escape-controls.js";
import type { EffectsFile } from "../../estimation/files/effects-file.js";
import type { StudyInFile } from "../../estimation/files/study-file.js";
import { holm } from "../../estimation/numeric/multiplicity.js";
import { answer, verdictNote } from "../../reporting/html/answers.js";
import { conceptOf } from "../../reporting/html/keys.js";
import { groupWarnings, type WarningGroup } from "../../reporting/html/warning-titles.js";
import { digitsFor, mainRow, pText, shownEstimate } from "../../reporting/html/words.js";
import { LINE_WIDTH, type ResultLine, resultLines } from "./result-lines.js";
import { fullResult, fullStudy, humanText, preferenceText, sharedRowsText, subgroupText } from "./tables.js";
import { cutTo } from "./terminal-width.js";

export interface ResultsOptions {
  /** Whole tables in place of lines. */
  readonly full?: boolean | undefined;
}

/** One result: a line, the sentence, what was asked for besides, and the warnings; or, in full, its tables. */
export function resultText(effects: EffectsFile, { full = false }: ResultsOptions = {}): string {
  const line = resultLines([lineOf(effects, [conceptOf(effects), effects.reward_key])]);
  if (full) return [...line, fullResult(effects)].join("\n");
  return [
    ...line,
    escapeControls(answer(effects)),
    ...preferenceText(effects),
    ...subgroupText(effects),
    ...effects.warnings.map((warning) => `Note: ${escapeControls(warning)}.`),
  ].join("\n");
}

/** Lines of a whole study, at most, unless it has more results than that. */
const LINES = 40;
/** Up to so many results are told in sentences too. */
const TOLD = 4;

/** Several results: a line each, then the warnings by kind; or, in full, the tables of each. */
export function resultsText(results: readonly EffectsFile[], options: ResultsOptions = {}): string {
  if (results.length === 1 || options.full)
    return results.map((effects) => resultText(effects, options)).join("\n\n");
  return linesOf(results, []).join("\n");
}

/** As `resultsText`, with what is judged together in full. */
export function studyText(judged: StudyInFile, { full = false }: ResultsOptions = {}): string {
  if (full) return fullStudy(judged);
  const { study, human, results } = judged;
  const people = human.length <= 3 ? human.map((means) => humanText(means, results)) : [];
  return linesOf(results, [...people, ...sharedRowsText(study)]).join("\n");
}

function linesOf(results: readonly EffectsFile[], more: readonly string[]): string[] {
  const names = namesOf(results);
  const lines = [
    ...resultLines(results.map((effects, index) => lineOf(effects, names[index]!))),
    ...(results.length <= TOLD ? results.map((effects) => escapeControls(answer(effects))) : []),
    ...more,
  ];
  const left = LINES - lines.length - 2;
  return [...lines, ...warningLines(groupWarnings(results), results.length, Math.max(3, left))];
}

function lineOf(effects: EffectsFile, names: readonly string[]): ResultLine {
  const row = mainRow(effects);
  const isUsable = row.verdict !== "unusable" && row.value !== null;
  return { names, estimate: isUsable ? shownEstimate(row) : null, end: verdictNote(effects) };
}

/** Attribute and reward model; the data set too where these two do not tell results apart. */
function namesOf(results: readonly EffectsFile[]): string[][] {
  const short = results.map((effects) => [conceptOf(effects), effects.reward_key]);
  if (new Set(short.map((names) => JSON.stringify(names))).size === results.length) return short;
  return results.map((effects) => [
    conceptOf(effects),
    effects.dataset_name ?? effects.dataset_filename,
    effects.reward_key,
  ]);
}

function warningLines(groups: readonly WarningGroup[], of: number, most: number): string[] {
  if (groups.length === 0) return [];
  const shown = groups.slice(0, groups.length > most ? most - 1 : most);
  const lines = shown.map(({ title, results }) => {
    const who = results.length === of ? "" : `: ${results.map(nameOf).join("; ")}`;
    return cutTo(`- ${escapeControls(title)} (${results.length} of ${of})${who}`, LINE_WIDTH);
  });
  const rest = groups.length - shown.length;
  return ["Warnings (--full says more):", ...lines, ...(rest > 0 ? [`- and ${rest} more kinds`] : [])];
}

function nameOf(effects: EffectsFile): string {
  return `${shortName(conceptOf(effects), 30)} · ${shortName(effects.reward_key, 30)}`;
}

/** Differences between the named reward models on the same examples, a line each. */
export function comparisonText({ study, results }: StudyInFile, names: readonly string[]): string {
  const unknown = names.filter((name) => !results.some(({ reward_key }) => reward_key === name));
  if (unknown.length > 0)
    throw inputError(
      `--compare: no result under ${unknown.join(", ")}; reward keys: ${[...new Set(results.map(({ reward_key }) => reward_key))].join(", ")}`,
    );
  const found = study.contrasts.filter(
    ({ first, second }) => names.includes(first) && names.includes(second),
  );
  if (found.length === 0) return "These reward models share no examples, so they cannot be compared.";
  const concepts = new Set(found.map(({ concept }) => concept));
  const corrected = holm(found.map(({ p_value }) => p_value));
  const lines = resultLines(
    found.map((contrast, index) => {
      // As asked: the first named less the one after it.
      const turned = names.indexOf(contrast.first) > names.indexOf(contrast.second);
      const sign = turned ? -1 : 1;
      const [one, other] = turned ? [contrast.second, contrast.first] : [contrast.first, contrast.second];
      const ends = [sign * contrast.low, sign * contrast.high];
      const [low, high] = [Math.min(...ends), Math.max(...ends)];
      return {
        names: [...(concepts.size > 1 ? [contrast.concept] : []), `${one} less ${other}`],
        estimate: {
          value: sign * contrast.value,
          low,
          high,
          pValue: contrast.p_value,
          unit: "sd",
          digits: digitsFor(low, high),
        },
        end: `${pText(corrected[index]!)}, n = ${contrast.n}`,
      };
    }),
  );
  const left = found.reduce((total, { only_first, only_second }) => total + only_first + only_second, 0);
  return [
    `Differences ${concepts.size > 1 ? "" : `in ${shortName(found[0]!.concept)} `}on the same examples (sd${found.length > 1 ? "; p-values corrected by Holm's method" : ""}):`,
    ...lines,
    ...(left > 0 ? ["Examples that one of the two alone has are left out."] : []),
  ].join("\n");
}
