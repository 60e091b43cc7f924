import { escapeControlsInText, shortName } from "../../domain/escape-controls.js";
import type { DatasetView, Facts, ReportView } from "./model.js";
import { Fold, Table } from "./parts.js";

/** Recorded text longer than this is shortened. */
const MOST_CHARACTERS = 20_000;

/** What was done, as far as the files tell. */
export function Method({ report: { datasets, results } }: { report: ReportView }) {
  return (
    <section id="method">
      <h2>What was done</h2>
      <p>
        RATE asks what an attribute of a response does to its reward, all else equal. Each response is
        rewritten to flip the attribute, and the rewrite is rewritten back. Both texts have been through the
        rewriter, so what it changes besides cancels; the mean difference of their rewards is the effect. The
        naive comparison sets responses that have the attribute against those that do not; the single rewrite
        sets the original against its rewrite.
      </p>
      {datasets.map((dataset) => (
        <Fold summary={shortName(dataset.name)} open={datasets.length <= 2}>
          <Dataset dataset={dataset} models={results.map(({ effects }) => effects.reward_key)} />
        </Fold>
      ))}
    </section>
  );
}

function Dataset({ dataset, models }: { dataset: DatasetView; models: readonly string[] }) {
  const { counts, failures, origin } = dataset;
  const scored = origin.scoring.map((facts) => String(facts.reward_key));
  const unknown = [...new Set(models)].filter((model) => !scored.includes(model));
  return (
    <>
      <p>
        Data: {shortName(dataset.filename)}
        {counts &&
          `, ${counts.treated + counts.untreated} examples: ${counts.treated} with w = 1 and ${counts.untreated} with w = 0`}
        .
        {counts === null &&
          " The scored file is not at hand, so there are no examples and no counts of what failed."}
      </p>
      {failures.length > 0 && (
        <Table
          caption="Examples without a usable rewrite"
          head={["no usable rewrite because", "w = 1", "w = 0"]}
          rows={failures.map(({ reason, treated, untreated }) => [
            shortName(reason).replaceAll("_", " "),
            String(treated),
            String(untreated),
          ])}
        />
      )}
      {origin.rewriting ? (
        <>
          <h3>Rewriting</h3>
          {origin.rewriting.prompt !== null && (
            <>
              <p class="quiet">The rewrite prompt:</p>
              <pre>{cut(origin.rewriting.prompt)}</pre>
            </>
          )}
          <FactTable facts={origin.rewriting.facts} caption="Facts of the rewriting" />
          <details>
            <summary>The whole template</summary>
            <pre>{cut(origin.rewriting.template)}</pre>
          </details>
        </>
      ) : (
        <p class="quiet">How the rewrites were made is not recorded beside the file.</p>
      )}
      {origin.scoring.length > 0 && <h3>Scoring</h3>}
      {origin.scoring.map((facts) => (
        <FactTable
          facts={facts}
          caption={`Facts of the scoring with ${shortName(String(facts.reward_key))}`}
        />
      ))}
      {unknown.length > 0 && (
        <p class="quiet">
          How these rewards were made is not recorded beside the file:{" "}
          {unknown.map((model) => shortName(model)).join(", ")}.
        </p>
      )}
      {origin.run && (
        <p class="quiet">
          Made by RATE {shortName(origin.run.version)} in {shortName(origin.run.directory)} with{" "}
          <code>{escapeControlsInText(origin.run.command)}</code>
        </p>
      )}
    </>
  );
}

function FactTable({ facts, caption }: { facts: Facts; caption: string }) {
  return (
    <Table
      caption={caption}
      head={["fact", "as recorded"]}
      rows={flat(facts).map(([name, value]) => [shortName(name).replaceAll("_", " "), shortName(value, 300)])}
    />
  );
}

/** Nested facts as one list, what is empty left out. */
function flat(facts: Facts, prefix = ""): [string, string][] {
  return Object.entries(facts).flatMap(([name, value]): [string, string][] => {
    if (value === null || value === undefined || value === "") return [];
    if (typeof value === "object" && !Array.isArray(value))
      return flat(value as Facts, `${prefix}${name} › `);
    return [[prefix + name, typeof value === "string" ? value : JSON.stringify(value)]];
  });
}

function cut(text: string): string {
  const shown = escapeControlsInText(text.slice(0, MOST_CHARACTERS));
  return text.length > MOST_CHARACTERS ? `${shown}… (${text.length} characters)` : shown;
}

/** How to make it again, and how to cite it. */
export function Repeat({ report }: { report: ReportView }) {
  const runs = [
    ...new Set(report.datasets.flatMap(({ origin }) => (origin.run ? [origin.run.command] : []))),
  ];
  return (
    <section id="repeat">
      <h2>Repeat and cite</h2>
      {runs.length > 0 && (
        <>
          <p>The run, which asks for nothing again that is paid for already:</p>
          {runs.map((command) => (
            <pre>{cut(command)}</pre>
          ))}
        </>
      )}
      {!runs.includes(report.command) && (
        <>
          <p>This report:</p>
          <pre>{cut(report.command)}</pre>
        </>
      )}
      <p>The method is that of the RATE paper; please cite it, and say which version of the tool was used:</p>
      <pre>{citations(report.version)}</pre>
    </section>
  );
}

function citations(version: string): string {
  return `@inproceedings{reber2025rate,
  title     = {{RATE}: Causal Explainability of Reward Models with Imperfect Counterfactuals},
  author    = {Reber, David and Richardson, Sean and Nief, Todd and Garbacea, Cristina and Veitch, Victor},
  booktitle = {International Conference on Machine Learning},
  year      = {2025},
  note      = {arXiv:2410.11348}
}

@software{rate_rm,
  title   = {{RATE}: what a reward model really rewards},
  version = {${version}},
  note    = {npm package rate-rm}
}`;
}
