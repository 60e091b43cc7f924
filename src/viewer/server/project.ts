import { basename } from "node:path";
import type { EffectsFile } from "../../estimation/files/effects-file.js";
import { answer } from "../../reporting/html/answers.js";
import {
  contrastsTable,
  correctionsNote,
  correctionsTable,
  pooledTable,
} from "../../reporting/html/study-tables.js";
import { verdictSign } from "../../reporting/html/verdicts.js";
import {
  ESTIMATOR_NAMES,
  estimateTable,
  findRow,
  flipTable,
  mainRow,
  plain,
  shownEstimate,
} from "../../reporting/html/words.js";
import type {
  DatasetEntry,
  ProjectAnswer,
  ResultAnswer,
  ResultEntry,
  RunEntry,
  StudyEntry,
} from "./answers.js";
import type { Catalog, Entry } from "./catalog.js";

/** All that the catalog has, for the first page. The newest comes first. */
export function projectAnswer(catalog: Catalog, entries: readonly Entry[]): ProjectAnswer {
  const newest = [...entries].sort((a, b) => b.changed - a.changed || (a.name < b.name ? -1 : 1));
  return {
    title: catalog.title,
    version: String(entries.length),
    datasets: [...newest.filter(isScored), ...newest.filter((entry) => !isScored(entry))].flatMap(datasetOf),
    results: newest.flatMap((entry) => resultsOf(entry, entries)),
    studies: newest.flatMap(studyOf),
    runs: newest.flatMap(runOf),
    figures: newest.flatMap(({ name, content }) =>
      content.kind === "figure" ? [{ file: name, type: content.type }] : [],
    ),
    broken: newest.flatMap(({ name, content }) =>
      content.kind === "broken" ? [{ file: name, reason: content.reason }] : [],
    ),
  };
}

/** By its name and folder; scores are what most come for. */
function isScored({ name }: Entry): boolean {
  return /scored/i.test(name);
}

function datasetOf({ name, size, content }: Entry): DatasetEntry[] {
  return content.kind === "examples" ? [{ file: name, size, form: content.form }] : [];
}

function runOf({ name, content }: Entry): RunEntry[] {
  if (content.kind !== "run") return [];
  const { timestamp, command, status, smoke_test: smokeTest, outputs } = content.run;
  const reached = content.reached.map(({ label, done, total }) => ({ label, done, total }));
  const finished = status === "finished";
  return [{ file: name, timestamp, command, finished, smokeTest, reached, outputs }];
}

function studyOf({ name, content }: Entry): StudyEntry[] {
  if (content.kind !== "results") return [];
  const { study, results } = content.results;
  if (study === null || study.rows.length < 2) return [];
  const level = results[0]?.ci_level ?? 0.95;
  const tables = [
    { caption: "Corrected for their number", ...correctionsTable(study, level) },
    { caption: "Pooled over data sets", ...pooledTable(study, level) },
    {
      caption: "Differences between reward models on the same examples",
      ...contrastsTable(study, level),
    },
  ].filter(({ rows }) => rows.length > 0);
  return [{ file: name, note: correctionsNote(study), tables }];
}

function resultsOf(entry: Entry, entries: readonly Entry[]): ResultEntry[] {
  if (entry.content.kind !== "results") return [];
  return entry.content.results.results.map((effects, index) =>
    resultEntry(effects, entry.name, index, entries),
  );
}

function resultEntry(
  effects: EffectsFile,
  file: string,
  index: number,
  entries: readonly Entry[],
): ResultEntry {
  const row = mainRow(effects);
  const { value, low, high, unit } = shownEstimate(row);
  const naive = shownEstimate(findRow(effects, "naive", "ate"));
  const drawn = row.verdict !== "unusable";
  return {
    file,
    index,
    concept: effects.concept ?? effects.dataset_name ?? effects.dataset_filename,
    rewardKey: effects.reward_key,
    answer: answer(effects),
    verdict: verdictSign(row.verdict),
    value: drawn ? value : null,
    low: drawn ? low : null,
    high: drawn ? high : null,
    naive: naive.unit === unit ? naive.value : null,
    unit,
    warnings: effects.warnings.length,
    dataset: datasetFor(effects, entries),
  };
}

/** The scored file that an effects file names, by its own name: folders may have moved. */
function datasetFor({ dataset_filename }: EffectsFile, entries: readonly Entry[]): string | null {
  const wanted = basename(dataset_filename);
  const found = entries.find(({ name, content }) => content.kind === "examples" && basename(name) === wanted);
  return found?.name ?? null;
}

/** Everything about one result; null when the file holds no such one. */
export function resultAnswer(entry: Entry, index: number, entries: readonly Entry[]): ResultAnswer | null {
  if (entry.content.kind !== "results") return null;
  const effects = entry.content.results.results[index];
  if (!effects) return null;
  const short = resultEntry(effects, entry.name, index, entries);
  return {
    ...short,
    title: `${short.concept} · ${short.rewardKey}`,
    estimates: estimateTable(effects),
    flips: flipTable(effects),
    warningTexts: effects.warnings,
    diagnostics: {
      head: ["check", "value", "threshold", "what it says"],
      rows: effects.diagnostics.map(({ name, value, threshold, sentence }) => [
        name.replaceAll("_", " "),
        plain(value, 3),
        plain(threshold, 3),
        sentence,
      ]),
    },
    facts: [
      ["data", effects.dataset_filename],
      ["examples with w = 1", String(effects.Y1_count)],
      ["examples with w = 0", String(effects.Y0_count)],
      ["spread of the rewards (sd)", plain(effects.reward_std, 4)],
      ["standard errors", effects.stderr_method],
      ["intervals", effects.ci_method],
      ["main estimate", `${ESTIMATOR_NAMES.rate}, ATE`],
    ],
  };
}
