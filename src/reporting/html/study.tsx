import { shortName } from "../../domain/escape-controls.js";
import type { EffectsFile } from "../../estimation/files/effects-file.js";
import type { Keys } from "./keys.js";
import type { ReportView } from "./model.js";
import { Fold, Table } from "./parts.js";
import { contrastsTable, correctionsNote, correctionsTable, pooledTable } from "./study-tables.js";

/** Whether there is something that is judged together. */
export function hasStudy({ study, human, results }: ReportView): boolean {
  const isTogether = study !== null && study.rows.length > 1;
  return isTogether || human.length > 0 || results.some(({ effects }) => effects.preference_rate !== null);
}

/** What is judged together: corrected p-values, differences between reward models, pooled effects, people's preferences. */
export function Study({ report, keys }: { report: ReportView; keys: Keys }) {
  if (!hasStudy(report)) return null;
  const { study, human, results } = report;
  const preferences = results.filter(({ effects }) => effects.preference_rate !== null);
  const labelled = preferences.some(({ effects }) => effects.human);
  const together = study !== null && study.rows.length > 1;
  const tags = (concept: string, model: string) => ({
    "data-concept": String(keys.concepts.indexOf(concept)),
    ...(keys.models.includes(model) && { "data-model": String(keys.models.indexOf(model)) }),
  });
  const level = results[0]?.effects.ci_level ?? 0.95;
  return (
    <section id="together">
      <h2>{together ? "Judged together" : "Preferences"}</h2>
      {together && (
        <>
          <p class="quiet">{correctionsNote(study)}</p>
          <Table
            caption="Effects with corrections for their number"
            {...correctionsTable(study, level)}
            attributes={(index) => tags(study.rows[index]!.concept, study.rows[index]!.reward_key)}
          />
        </>
      )}
      {together && study.contrasts.length > 0 && (
        <Fold summary={`Differences between reward models on the same examples (${study.contrasts.length})`}>
          <Table
            caption="Differences between reward models"
            {...contrastsTable(study, level)}
            attributes={(index) => ({
              "data-concept": String(keys.concepts.indexOf(study.contrasts[index]!.concept)),
              "data-model": [study.contrasts[index]!.first, study.contrasts[index]!.second]
                .map((model) => keys.models.indexOf(model))
                .join(" "),
            })}
          />
        </Fold>
      )}
      {together && study.pooled.length > 0 && (
        <>
          <h3>Pooled over data sets</h3>
          <Table caption="Effects pooled over data sets" {...pooledTable(study, level)} />
        </>
      )}
      {preferences.length > 0 && (
        <>
          <h3>Preferences</h3>
          <p class="quiet">
            How often the text of the RATE pair that has the attribute gets the higher reward
            {labelled
              ? "; beside it, on the examples that people labelled, their choice and how often the model disagrees"
              : ""}
            .
          </p>
          <Table
            caption="Preferences"
            head={["attribute", "reward model", "prefers w = 1", "ties", ...(labelled ? PEOPLE : [])]}
            rows={preferences.map(({ effects }) => [
              shortName(effects.concept ?? effects.dataset_name ?? effects.dataset_filename),
              shortName(effects.reward_key),
              share(effects.preference_rate),
              share(effects.tie_rate),
              ...(labelled ? peopleCells(effects) : []),
            ])}
            attributes={(index) => {
              const { effects } = preferences[index]!;
              return tags(
                effects.concept ?? effects.dataset_name ?? effects.dataset_filename,
                effects.reward_key,
              );
            }}
          />
          {human.map((means) => (
            <p>
              {shortName(means.dataset_filename)}, {means.n} labelled examples: people prefer the text with
              the attribute in {share(means.human_preference_rate)}; the mean of {means.reward_models} reward
              models is {share(means.mean_model_preference_rate)}, and they disagree with people in{" "}
              {share(means.mean_disagreement_rate)}.
            </p>
          ))}
        </>
      )}
    </section>
  );
}

const PEOPLE = ["labelled", "people", "model there", "disagree"];

function peopleCells({ human }: EffectsFile): string[] {
  const rates = [human?.human_preference_rate, human?.model_preference_rate, human?.disagreement_rate];
  return [human ? String(human.n) : "–", ...rates.map(share)];
}

function share(value: number | null | undefined): string {
  return value == null ? "–" : `${(100 * value).toFixed(1)} %`;
}
