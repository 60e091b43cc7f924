import { escapeControls, escapeControlsInText, shortName } from "../../domain/escape-controls.js";
import type { ResultAnswer } from "../server/answers.js";
import { addressOf, examplesOf, type Place } from "../server/place.js";
import { Link } from "./link.js";
import { Notice, Table } from "./parts.js";
import { useServer } from "./server.js";

const AGAIN_MS = 5_000;

/** Everything about one data set under one reward model. */
export function Result({ place }: { place: Extract<Place, { view: "result" }> }) {
  const result = useServer<ResultAnswer>(`/api${addressOf({ ...place })}`, () => AGAIN_MS);
  if (result.state === "loading") return <main aria-busy="true" />;
  if (result.state === "failed")
    return (
      <main>
        <Notice kind="bad">{result.error}</Notice>
      </main>
    );
  const { answer } = result;
  const examples = answer.dataset && examplesOf(answer.dataset, { model: answer.rewardKey });
  const failedFlips = answer.diagnostics.rows.length > 0 && answer.flips !== null;
  return (
    <main class="overview">
      <h1>{shortName(answer.title, 200)}</h1>
      <p class="lead">
        <b>{answer.verdict}</b> {escapeControls(answer.answer)}
      </p>
      {examples && (
        <p class="actions">
          <Link to={{ ...examples, filter: { ...examples.filter, sort: "effect" } }}>Largest effects</Link>
          <Link to={{ ...examples, filter: { ...examples.filter, sort: "opposite" } }}>The other way</Link>
          {failedFlips && (
            <Link to={{ ...examples, filter: { ...examples.filter, flip: "failed" } }}>Failed flips</Link>
          )}
          <Link to={{ ...examples, filter: { ...examples.filter, outcome: "failed" } }}>
            Refused and failed
          </Link>
          <Link to={examples}>All examples</Link>
        </p>
      )}
      {answer.warningTexts.length > 0 && (
        <section class="warnings">
          <h2>What to mind</h2>
          <ul>
            {answer.warningTexts.map((warning) => (
              <li key={warning}>{escapeControlsInText(warning)}</li>
            ))}
          </ul>
        </section>
      )}
      <h2>Estimates</h2>
      <Table caption="Estimates" {...answer.estimates} />
      {answer.flips && (
        <>
          <h2>Flips</h2>
          <Table caption="Successful flips" {...answer.flips} />
        </>
      )}
      {answer.diagnostics.rows.length > 0 && (
        <>
          <h2>Checks</h2>
          <Table caption="Checks" {...answer.diagnostics} />
        </>
      )}
      <h2>Made from</h2>
      <dl class="fields">
        {answer.facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{escapeControlsInText(value)}</dd>
          </div>
        ))}
      </dl>
    </main>
  );
}
