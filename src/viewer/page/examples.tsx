import { useEffect } from "preact/hooks";
import { escapeControls, shortName } from "../../domain/escape-controls.js";
import { signed } from "../../reporting/html/words.js";
import type { ExampleRow, ExamplesAnswer } from "../server/answers.js";
import { addressOf, type ExamplesPlace } from "../server/place.js";
import { Example } from "./example.js";
import { Filters } from "./filters.js";
import { goTo, Link } from "./link.js";
import { count, Marks, Meter, Notice } from "./parts.js";
import { useServer } from "./server.js";

/** While a file or a search is being read, and afterwards, when it may still grow. */
const READING_MS = 400;
const RESTING_MS = 3_000;

/** The examples of a file: a list that is searched, filtered and sorted, and one of them opened beside it. */
export function Examples({ place }: { place: ExamplesPlace }) {
  const list = useServer<ExamplesAnswer>(`/api${addressOf({ ...place, example: null })}`, (answer) =>
    answer && isSettled(answer) ? RESTING_MS : READING_MS,
  );
  const answer = list.state === "there" ? list.answer : null;
  const isOpen = place.example !== null;
  useEscape(isOpen, () => goTo({ ...place, example: null }));
  return (
    <main class={isOpen ? "browser open" : "browser"}>
      <h1 class="hidden">Examples of {shortName(place.file)}</h1>
      <section class="list" aria-label="Examples">
        <Filters
          filter={place.filter}
          answer={answer}
          change={(filter) => goTo({ ...place, filter, page: 1 }, { replace: true })}
        />
        {list.state === "failed" && <Notice kind="bad">{list.error}</Notice>}
        {answer && (
          <>
            <Summary answer={answer} />
            <Rows answer={answer} place={place} />
            <Pages answer={answer} place={place} />
          </>
        )}
      </section>
      {place.example !== null && <Example place={place} id={place.example} />}
    </main>
  );
}

function isSettled({ complete, searched, total }: ExamplesAnswer): boolean {
  return complete && (searched === null || searched >= total);
}

function useEscape(isActive: boolean, leave: () => void): void {
  useEffect(() => {
    if (!isActive) return undefined;
    const pressed = (event: KeyboardEvent) => {
      if (event.key === "Escape" && !(event.target instanceof HTMLInputElement)) leave();
    };
    addEventListener("keydown", pressed);
    return () => removeEventListener("keydown", pressed);
  });
}

function Summary({ answer }: { answer: ExamplesAnswer }) {
  const { matched, total, mean, scored, model, complete, share, searched, unreadable, failure } = answer;
  return (
    <>
      <p class="summary" role="status">
        <b>{count(matched)}</b> of {count(total)} {total === 1 ? "example" : "examples"}
        {mean !== null && (
          <>
            {" "}
            · mean difference <b>{signed(mean, 3)}</b> of {count(scored)} with rewards
            {answer.models.length === 1 && ` of ${shortName(model, 60)}`}
          </>
        )}
      </p>
      {!complete && (
        <Meter share={share}>
          Reading the file{share !== null && `: ${Math.floor(100 * share)} %`}; what has been read is shown.
        </Meter>
      )}
      {complete && searched !== null && searched < total && (
        <Meter share={searched / total}>
          Searching: {count(searched)} of {count(total)}
        </Meter>
      )}
      {unreadable.count > 0 && (
        <Notice kind="bad">
          {count(unreadable.count)} {unreadable.count === 1 ? "record" : "records"} could not be read as JSON
          and {unreadable.count === 1 ? "is" : "are"} left out; the first is{" "}
          {escapeControls(unreadable.first ?? "")}.
        </Notice>
      )}
      {answer.tooManyModels && <Notice>There are more reward models than are shown here.</Notice>}
      {failure !== null && <Notice kind="bad">The file cannot be read: {escapeControls(failure)}</Notice>}
    </>
  );
}

function Rows({ answer, place }: { answer: ExamplesAnswer; place: ExamplesPlace }) {
  if (answer.rows.length === 0)
    return answer.complete ? (
      <Notice>No example is like this. Widen the search or the filters.</Notice>
    ) : null;
  return (
    <table class="rows">
      <caption class="hidden">Examples that were found</caption>
      <thead>
        <tr>
          <th scope="col">example</th>
          <th scope="col">w</th>
          <th scope="col" class="number">
            difference
          </th>
          <th scope="col" class="number length">
            length
          </th>
        </tr>
      </thead>
      <tbody>
        {answer.rows.map((row, index) => (
          <Row key={`${index} ${row.id}`} row={row} place={place} />
        ))}
      </tbody>
    </table>
  );
}

function Row({ row, place }: { row: ExampleRow; place: ExamplesPlace }) {
  const isOpen = place.example === row.id;
  return (
    <tr class={isOpen ? "current" : ""}>
      <td>
        <Link to={{ ...place, example: row.id }} current={isOpen}>
          {shortName(row.id, 60)}
        </Link>
        <Marks row={row} />
        <div class="opening">
          <bdi>{escapeControls(row.opening.replace(/\s+/g, " "))}</bdi>
        </div>
      </td>
      <td>{row.treated ?? "–"}</td>
      <td class="number">{signed(row.difference, 3)}</td>
      <td class="number length">{row.length === null ? "–" : count(row.length)}</td>
    </tr>
  );
}

function Pages({ answer: { page, pages }, place }: { answer: ExamplesAnswer; place: ExamplesPlace }) {
  if (pages === 1) return null;
  const to = (wanted: number, text: string) =>
    wanted < 1 || wanted > pages || wanted === page ? (
      <span class="quiet">{text}</span>
    ) : (
      <Link to={{ ...place, page: wanted }}>{text}</Link>
    );
  return (
    <nav class="pages" aria-label="Pages">
      {to(1, "First")}
      {to(page - 1, "Previous")}
      <span>
        Page {count(page)} of {count(pages)}
      </span>
      {to(page + 1, "Next")}
      {to(pages, "Last")}
    </nav>
  );
}
