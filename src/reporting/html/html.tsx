import { renderToString } from "preact-render-to-string";
import { escapeControlsInText, shortName } from "../../domain/escape-controls.js";
import { answer, overview } from "./answers.js";
import { behave } from "./behaviour.js";
import { Checks } from "./checks.js";
import { Estimates, Truth } from "./estimates.js";
import { Examples } from "./examples.js";
import { type Keys, keysOf, tagsOf } from "./keys.js";
import { Method, Repeat } from "./method.js";
import type { ReportView } from "./model.js";
import { Choice } from "./parts.js";
import { Results } from "./results.js";
import { hasStudy, Study } from "./study.js";
import { STYLE } from "./style.js";
import { verdictSign } from "./verdicts.js";
import { mainRow } from "./words.js";

/** Up to so many results are told one by one at the top. */
const TOLD = 4;

const SCRIPT = `(${behave.toString()})();`;

/**
 * The whole report as one HTML page that opens offline and asks for nothing. Texts of the data are shown as text, never as markup; behind that
 * stands a content policy that lets the page's own style and script run, known by their hashes, and nothing else.
 */
export async function reportHtml(report: ReportView): Promise<string> {
  const policy = [
    "default-src 'none'",
    `script-src ${await hashOf(SCRIPT)}`,
    `style-src ${await hashOf(STYLE)}`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join("; ");
  // Once more over all of it, so that no text is forgotten.
  return escapeControlsInText(
    `<!doctype html>\n${renderToString(<Page report={report} policy={policy} />)}\n`,
  );
}

async function hashOf(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return `'sha256-${btoa(String.fromCharCode(...new Uint8Array(digest)))}'`;
}

function Page({ report, policy }: { report: ReportView; policy: string }) {
  const keys = keysOf(report.results);
  const title = shortName(report.title);
  const when = report.timestamp === null ? "" : `Run ${report.timestamp}, `;
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content={policy} />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="referrer" content="no-referrer" />
        <title>{title}</title>
        <style dangerouslySetInnerHTML={{ __html: STYLE }} />
      </head>
      <body>
        <header>
          <p class="quiet">
            {when}RATE {report.version}
          </p>
          <h1>{title}</h1>
          <Contents report={report} />
        </header>
        <Picker keys={keys} />
        <main>
          <Answer report={report} keys={keys} />
          <Estimates report={report} keys={keys} />
          {report.truth && <Truth check={report.truth} />}
          <Checks report={report} keys={keys} />
          <Study report={report} keys={keys} />
          <Examples datasets={report.datasets} keys={keys} />
          <Results report={report} keys={keys} />
          <Method report={report} />
          <Repeat report={report} />
        </main>
        <script dangerouslySetInnerHTML={{ __html: SCRIPT }} />
      </body>
    </html>
  );
}

function Contents({ report }: { report: ReportView }) {
  const { truth, datasets } = report;
  const parts = [
    ["answer", "Answer"],
    ["estimates", "Estimates"],
    ...(truth ? [["truth", "Planted truth"]] : []),
    ["checks", "Trust"],
    ...(hasStudy(report) ? [["together", "Together"]] : []),
    ...(datasets.some(({ examples }) => examples.length > 0) ? [["examples", "Examples"]] : []),
    ["results", "In full"],
    ["method", "What was done"],
    ["repeat", "Repeat and cite"],
  ];
  return (
    <nav aria-label="Contents">
      <ul>
        {parts.map(([id, name]) => (
          <li>
            <a href={`#${id}`}>{name}</a>
          </li>
        ))}
      </ul>
    </nav>
  );
}

/** Picks an attribute and a reward model everywhere on the page. */
function Picker({ keys: { concepts, models } }: { keys: Keys }) {
  if (concepts.length < 2 && models.length < 2) return null;
  const numbered = (names: readonly string[]) =>
    names.map((name, index) => [String(index), shortName(name, 60)] as const);
  return (
    <search class="picker choices" data-script hidden aria-label="What is shown">
      {concepts.length > 1 && (
        <Choice name="concept" label="Attribute" options={[["", "all"], ...numbered(concepts)]} />
      )}
      {models.length > 1 && (
        <Choice name="model" label="Reward model" options={[["", "all"], ...numbered(models)]} />
      )}
    </search>
  );
}

function Answer({ report: { results }, keys }: { report: ReportView; keys: Keys }) {
  const all = results.map(({ effects }) => effects);
  const warned = all.filter(({ warnings }) => warnings.length > 0).length;
  return (
    <section id="answer">
      <h2>The answer</h2>
      {all.length <= TOLD ? (
        <ul class="answers">
          {all.map((effects) => (
            <li {...tagsOf(effects, keys)}>
              <b>{verdictSign(mainRow(effects).verdict)}</b> {answer(effects)}
            </li>
          ))}
        </ul>
      ) : (
        <ul class="answers">
          {overview(all).map((sentence) => (
            <li>{sentence}</li>
          ))}
        </ul>
      )}
      {warned > 0 && (
        <p>
          {warned === all.length ? "Some" : `In ${warned} of ${all.length} results some`} checks{" "}
          <a href="#checks">ask for care</a>.
        </p>
      )}
    </section>
  );
}
