import type { EffectsFile, EstimateRow } from "../../estimation/files/effects-file.js";
import {
  digitsFor,
  ESTIMATOR_NAMES,
  interval,
  percent,
  plain,
  pValue,
  shownEstimate,
  signed,
} from "../html/words.js";
import type { TextTable } from "./table.js";

type Result = Pick<
  EffectsFile,
  "concept" | "dataset_name" | "dataset_filename" | "reward_key" | "ci_level" | "estimates"
>;

/**
 * The estimates of several results, for people: what is the same everywhere is in the title, reasons for what is missing below.
 *
 * @example
 * markdownTable(estimatesTable(await readEffects("study.json"), true));
 */
export function estimatesTable(results: readonly Result[], all: boolean): TextTable {
  const names = {
    attribute: results.map(
      ({ concept, dataset_name, dataset_filename }) => concept ?? dataset_name ?? dataset_filename,
    ),
    "data set": results.map(({ dataset_name, dataset_filename }) => dataset_name ?? dataset_filename),
    "reward model": results.map(({ reward_key }) => reward_key),
  };
  const differing = Object.entries(names).filter(
    ([name, values]) =>
      new Set(values).size > 1 && !(name === "data set" && sameSplit(values, names.attribute)),
  );
  const title = [
    "Effects on the reward",
    ...Object.entries(names).flatMap(([name, values]) =>
      new Set(values).size === 1 ? [`${name} ${values[0]}`] : [],
    ),
  ].join(", ");
  const levels = [...new Set(results.map(({ ci_level }) => percent(ci_level)))];
  const notes = new Set<string>();
  const rows = results.flatMap((result, index) =>
    result.estimates
      .filter(({ estimand }) => all || estimand === "ate")
      .flatMap((row) => {
        const why = row.reason ?? row.verdict_reason;
        if (why !== null)
          notes.add(`${ESTIMATOR_NAMES[row.estimator]} ${row.estimand.toUpperCase()}: ${why}`);
        if (row.value === null) return [];
        return [[...differing.map(([, values]) => values[index]!), ...cellsOf(row)]];
      }),
  );
  return {
    title,
    columns: [
      ...differing.map(([name]) => ({ name, align: "left" as const })),
      { name: "estimator", align: "left" },
      { name: "estimand", align: "left" },
      { name: "effect size (sd)", align: "right" },
      { name: `${levels.join(" or ")} CI`, align: "right" },
      { name: "p", align: "right" },
      { name: "verdict", align: "left" },
      { name: "n", align: "right" },
      { name: "reward units", align: "right" },
      { name: "standard error", align: "right" },
    ],
    rows,
    notes: [...notes],
  };
}

/** Whether two columns always change together, so that one of them says it all. */
function sameSplit(a: readonly string[], b: readonly string[]): boolean {
  const pairs = new Set(a.map((value, index) => JSON.stringify([value, b[index]])));
  return pairs.size === new Set(a).size && pairs.size === new Set(b).size;
}

function cellsOf(row: EstimateRow): string[] {
  return [
    ESTIMATOR_NAMES[row.estimator],
    row.estimand.toUpperCase(),
    signed(row.effect_size, digitsFor(row.effect_size_ci_low, row.effect_size_ci_high, 3)),
    interval(row.effect_size_ci_low, row.effect_size_ci_high, 3),
    pValue(shownEstimate(row).pValue),
    row.verdict ?? "–",
    String(row.n),
    signed(row.value, digitsFor(row.ci_low, row.ci_high, 4)),
    plain(row.stderr, digitsFor(0, row.stderr, 4)),
  ];
}

const FIELDS = [
  "estimator",
  "estimand",
  "value",
  "stderr",
  "stderr_method",
  "ci_low",
  "ci_high",
  "ci_level",
  "ci_method",
  "p_value",
  "df",
  "effect_size",
  "effect_size_stderr",
  "effect_size_ci_low",
  "effect_size_ci_high",
  "effect_size_p_value",
  "n",
  "n_treated",
  "n_untreated",
  "left_out",
  "reason",
  "verdict",
  "verdict_reason",
] as const satisfies readonly (keyof EstimateRow)[];

/** The estimates for programs: every number at full precision, empty where there is none. */
export function estimatesData(results: readonly Result[]): string[][] {
  const text = (value: string | number | null | undefined) => (value == null ? "" : String(value));
  return [
    ["dataset_name", "concept", "reward_key", "dataset_filename", ...FIELDS],
    ...results.flatMap((result) =>
      result.estimates.map((row) => [
        ...[result.dataset_name, result.concept, result.reward_key, result.dataset_filename].map(text),
        ...FIELDS.map((field) => text(row[field])),
      ]),
    ),
  ];
}
