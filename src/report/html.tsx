import { diffWordsWithSpace } from "diff";
import type { ComponentChildren } from "preact";
import { renderToString } from "preact-render-to-string";
import { visible } from "../domain/visible.js";
import type { ExampleView, ReportView, ResultView, TruthCheck } from "./model.js";
import { STYLE } from "./style.js";
import { answer, estimateTable, flipTable, interval, plain, signed } from "./words.js";

/** Figures as SVG text, drawn beforehand. */
export interface ReportFigures {
  readonly estimates: string | null;
  readonly truth: string | null;
}

/** No script, no request: what the page may do is said here, whatever a text in it contains. */
const POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'";

/** The whole report as one HTML page that opens offline. Texts of the data are shown as text, never as markup. */
export function reportHtml(report: ReportView, figures: ReportFigures): string {
  return `<!doctype html>\n${renderToString(<Page report={report} figures={figures} />)}\n`;
}

function Page({ report, figures }: { report: ReportView; figures: ReportFigures }) {
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content={POLICY} />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light" />
        <title>{report.title}</title>
        <style dangerouslySetInnerHTML={{ __html: STYLE }} />
      </head>
      <body>
        <main>
          <h1>{report.title}</h1>
          <p class="quiet">
            Run {report.timestamp}, RATE {report.version}. Effects are in standard deviations of the reward
            model's own scale (sd).
          </p>
          <section>
            <h2>The answer</h2>
            <ul class="answers">
              {report.results.map(({ effects }) => (
                <li>{answer(effects)}</li>
              ))}
            </ul>
            {figures.estimates && (
              <Figure
                svg={figures.estimates}
                caption="Estimates over all examples (ATE) with their intervals."
              />
            )}
          </section>
          {report.truth && <Truth check={report.truth} svg={figures.truth} />}
          {report.results.map((result) => (
            <Result result={result} />
          ))}
        </main>
      </body>
    </html>
  );
}

/** Figures come from our own specifications; Vega escapes the texts in them. */
function Figure({ svg, caption }: { svg: string; caption: string }) {
  return (
    <figure>
      <div role="img" aria-label={caption} dangerouslySetInnerHTML={{ __html: svg }} />
      <figcaption>{caption}</figcaption>
    </figure>
  );
}

function Truth({ check, svg }: { check: TruthCheck; svg: string | null }) {
  return (
    <section>
      <h2>{check.title}</h2>
      <p>{check.explanation}</p>
      <Table
        head={["", "effect size (sd)", "95 % CI", ""]}
        rows={check.rows.map((row) => [
          row.name,
          signed(row.value, 3),
          interval(row.low, row.high, 3),
          row.note,
        ])}
      />
      {svg && <Figure svg={svg} caption="The truth that was planted, and what each estimator makes of it." />}
    </section>
  );
}

function Result({ result: { effects, examples } }: { result: ResultView }) {
  const flips = flipTable(effects);
  const estimates = estimateTable(effects);
  return (
    <section>
      <h2>
        {effects.concept ?? effects.dataset_filename} · {effects.reward_key}
      </h2>
      <p>{answer(effects)}</p>
      {effects.warnings.length > 0 && (
        <ul class="warnings">
          {effects.warnings.map((warning) => (
            <li>{warning}</li>
          ))}
        </ul>
      )}
      <Table {...estimates} />
      {flips && <Table {...flips} />}
      <p class="quiet">
        The rewriter by itself (rewrite of the rewrite less original):{" "}
        {signed(effects.rewrite_effect_w_1 as number | null, 3)} where w = 1,{" "}
        {signed(effects.rewrite_effect_w_0 as number | null, 3)} where w = 0, in reward units; the spread of
        the rewards is {signed(effects.reward_std, 3).replace("+", "")}. {effects.Y1_count} examples have w =
        1, {effects.Y0_count} have w = 0. From {effects.dataset_filename}.
      </p>
      {effects.diagnostics.length > 0 && (
        <details>
          <summary>All {effects.diagnostics.length} checks</summary>
          <Table
            head={["check", "value", "threshold", ""]}
            rows={effects.diagnostics.map(({ name, value, threshold, sentence }) => [
              name.replaceAll("_", " "),
              plain(value, 3),
              plain(threshold, 3),
              sentence,
            ])}
          />
        </details>
      )}
      {examples.length > 0 && <h3>Examples</h3>}
      {examples.map((example) => (
        <Example example={example} />
      ))}
    </section>
  );
}

function Example({ example }: { example: ExampleView }) {
  const { texts, rewards } = example;
  return (
    <details class="example" open>
      <summary>
        {visible(example.id)} · w = {example.treated ? 1 : 0} · {example.why}
      </summary>
      <p class="quiet">Prompt: {example.prompt}</p>
      <dl>
        <Text name="original" reward={rewards.original}>
          {texts.original}
        </Text>
        <Text name="rewrite" reward={rewards.rewrite}>
          <Difference from={texts.original} to={texts.rewrite} />
        </Text>
        <Text name="rewrite of the rewrite" reward={rewards.rewriteOfRewrite}>
          <Difference from={texts.rewrite} to={texts.rewriteOfRewrite} />
        </Text>
      </dl>
    </details>
  );
}

function Text({
  name,
  reward,
  children,
}: {
  name: string;
  reward: number | null;
  children: ComponentChildren;
}) {
  return (
    <div>
      <dt>
        {name} <span class="reward">{signed(reward, 3)}</span>
      </dt>
      <dd dir="auto">{children}</dd>
    </div>
  );
}

/** What changed, word by word. */
function Difference({ from, to }: { from: string; to: string }) {
  return (
    <>
      {diffWordsWithSpace(from, to).map(({ added, removed, value }) =>
        added ? <ins>{value}</ins> : removed ? <del>{value}</del> : <span>{value}</span>,
      )}
    </>
  );
}

function Table({ head, rows }: { head: readonly string[]; rows: readonly (readonly string[])[] }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a wide table scrolls, and the keyboard must reach it
    <section class="table" aria-label={head.filter(Boolean).join(", ")} tabIndex={0}>
      <table>
        <thead>
          <tr>
            {head.map((cell) => (
              <th scope="col">{cell}</th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr>
              {row.map((cell, column) => (column === 0 ? <th scope="row">{cell}</th> : <td>{cell}</td>))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
