import type { Estimand } from "../../domain/effect.js";
import { shortName } from "../../domain/escape-controls.js";
import type { EffectsFile, EstimateRow, TruthCheck } from "../../estimation/files/effects-file.js";
import { Forest, type ForestLine, type Mark } from "./intervals.js";
import { conceptOf, type Keys, tagsOf, titleOf } from "./keys.js";
import type { ReportView } from "./model.js";
import { Choice, Fold, Table } from "./parts.js";
import { VERDICT_SIGNS, verdictSign } from "./verdicts.js";
import { digitsFor, ESTIMATOR_NAMES, estimateTable, findRow, interval, percent, signed } from "./words.js";

const ROLES = [
  ["rate", "rate"],
  ["single_rewrite", "single"],
  ["naive", "naive"],
] as const;
const LEGEND = { rate: "RATE", single: "single rewrite", naive: "naive comparison" } as const;
const ESTIMANDS = [
  ["ate", "all examples (ATE)"],
  ["att", "those that have the attribute (ATT)"],
  ["atu", "those that do not (ATU)"],
] as const satisfies readonly (readonly [Estimand, string])[];

/** The estimates of all results as a forest plot, with the numbers behind it. */
export function Estimates({ report: { results }, keys }: { report: ReportView; keys: Keys }) {
  const all = results.map(({ effects }) => effects);
  const level = percent(all[0]?.ci_level ?? 0.95);
  const drawn = ESTIMANDS.filter(([estimand]) =>
    all.some((effects) => marksOf(effects, estimand).length > 0),
  );
  const roles = new Set(
    drawn.flatMap(([estimand]) =>
      all.flatMap((effects) => marksOf(effects, estimand).map(({ role }) => role)),
    ),
  );
  return (
    <section id="estimates">
      <h2>Estimates</h2>
      <p class="quiet">
        Effects in standard deviations of the reward model's own scale (sd), with {level} intervals. To the
        right of the line: the reward model pays for the attribute.
      </p>
      <div class="choices" data-script hidden>
        {drawn.length > 1 && <Choice name="estimand" label="Effect on" options={drawn} />}
        {all.length > 2 && (
          <Choice
            name="order"
            label="Order"
            options={[
              ["given", "as given"],
              ["effect", "largest first"],
            ]}
          />
        )}
      </div>
      <p class="legend">
        {ROLES.filter(([, role]) => roles.has(role)).map(([, role]) => (
          <span class={`key ${role}`}>{LEGEND[role]}</span>
        ))}
      </p>
      {drawn.map(([estimand, name]) => (
        <figure data-estimand={estimand} hidden={estimand !== drawn[0]![0]}>
          <Forest
            lines={all.map((effects) => lineOf(effects, estimand, keys))}
            caption={`Effects on ${name}`}
          />
          <figcaption>Effects on {name}.</figcaption>
        </figure>
      ))}
      {drawn.length === 0 && <p>No result has an effect size with an interval; the numbers below say why.</p>}
      <HeatMap results={all} keys={keys} />
      <Fold summary="The numbers">
        <AllNumbers results={all} keys={keys} />
      </Fold>
    </section>
  );
}

function marksOf(effects: EffectsFile, estimand: Estimand): Mark[] {
  return ROLES.flatMap(([estimator, role]) => {
    const row = effects.estimates.find(
      (entry) => entry.estimator === estimator && entry.estimand === estimand,
    );
    if (!row || row.verdict === "unusable") return [];
    const { effect_size: value, effect_size_ci_low: low, effect_size_ci_high: high } = row;
    return value === null || low === null || high === null
      ? []
      : [{ name: ESTIMATOR_NAMES[estimator], role, value, low, high }];
  });
}

function lineOf(effects: EffectsFile, estimand: Estimand, keys: Keys): ForestLine {
  const row = findRow(effects, "rate", estimand);
  return {
    label: titleOf(effects),
    marks: marksOf(effects, estimand),
    text:
      row?.effect_size == null || row.verdict === "unusable"
        ? `${verdictSign(row?.verdict)}: ${row?.verdict_reason ?? row?.reason ?? "no estimate"}`
        : `${sizeText(row)} ${verdictSign(row.verdict)}`,
    tags: tagsOf(effects, keys),
  };
}

/** An effect size with its interval; none where nothing can be said of it. */
function sizeText({ effect_size: value, effect_size_ci_low: low, effect_size_ci_high: high }: EstimateRow) {
  return `${signed(value, digitsFor(low, high))} (${interval(low, high)})`;
}

function AllNumbers({ results, keys }: { results: readonly EffectsFile[]; keys: Keys }) {
  const tables = results.map((effects) => ({ effects, ...estimateTable(effects) }));
  const rows = tables.flatMap(({ effects, rows: own }) =>
    own.map((row) => ({ effects, row: [titleOf(effects), ...row] })),
  );
  return (
    <Table
      caption="All estimates"
      head={["attribute · reward model", ...(tables[0]?.head ?? [])]}
      rows={rows.map(({ row }) => row)}
      attributes={(index) => tagsOf(rows[index]!.effects, keys)}
    />
  );
}

/** Steps of colour for effects, up to this many standard deviations. */
const STEPS = 5;

/** Attributes by reward models, where there are several of both. */
function HeatMap({ results, keys }: { results: readonly EffectsFile[]; keys: Keys }) {
  if (keys.concepts.length < 2 || keys.models.length < 2) return null;
  const found = (concept: string, model: string) =>
    results.find((effects) => conceptOf(effects) === concept && effects.reward_key === model);
  const sizes = results.map((effects) => Math.abs(findRow(effects, "rate", "ate").effect_size ?? 0));
  const most = Math.max(...sizes) || 1;
  const cell = (effects: EffectsFile | undefined) => {
    const row = effects && findRow(effects, "rate", "ate");
    if (row?.effect_size == null) return <td>–</td>;
    const step = Math.round((STEPS * row.effect_size) / most);
    const words = `${sizeText(row)}: ${verdictSign(row.verdict)}`;
    return (
      <td class={`heat ${step < 0 ? "minus" : "plus"}${Math.abs(step)}`} data-tip={words}>
        {signed(row.effect_size)} {row.verdict && VERDICT_SIGNS[row.verdict].mark}
      </td>
    );
  };
  return (
    <figure>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a wide table scrolls, and the keyboard must reach it */}
      <section class="table" aria-label="Effects by attribute and reward model" tabIndex={0}>
        <table class="heatmap sortable">
          <thead>
            <tr>
              <th scope="col">reward model</th>
              {keys.concepts.map((concept) => (
                <th scope="col">{shortName(concept)}</th>
              ))}
            </tr>
          </thead>
          <tbody>
            {keys.models.map((model, index) => (
              <tr data-model={String(index)}>
                <th scope="row">{shortName(model)}</th>
                {keys.concepts.map((concept) => cell(found(concept, model)))}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      <figcaption>RATE's effect over all examples by reward model and attribute, in sd.</figcaption>
    </figure>
  );
}

export function Truth({ check }: { check: TruthCheck }) {
  const lines = check.rows.map(({ name, value, low, high, note }): ForestLine => {
    const role = ROLES.find(([estimator]) => ESTIMATOR_NAMES[estimator] === name)?.[1] ?? "truth";
    return {
      label: name,
      marks: [{ name, role, value, low, high }],
      text: `${signed(value)} (${interval(low, high)}) · ${note}`,
      tags: {},
    };
  });
  return (
    <section id="truth">
      <h2>{check.title}</h2>
      <p>{check.explanation}</p>
      <figure>
        <Forest lines={lines} caption="Planted truth and estimates" />
        <figcaption>The truth that was planted, and what each estimator makes of it, in sd.</figcaption>
      </figure>
    </section>
  );
}
