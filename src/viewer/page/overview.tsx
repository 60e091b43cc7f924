import { escapeControls, shortName } from "../../domain/escape-controls.js";
import { plain, signed } from "../../reporting/html/words.js";
import type { DatasetEntry, ProjectAnswer, ResultEntry, RunEntry, StudyEntry } from "../server/answers.js";
import { examplesOf } from "../server/place.js";
import { Link } from "./link.js";
import { count, Notice, Table } from "./parts.js";
import { useServer } from "./server.js";

/** Files change while a run goes on; without one they are looked at now and then. */
const RUNNING_MS = 1_500;
const RESTING_MS = 5_000;

export function Overview() {
  const project = useServer<ProjectAnswer>("/api/project", (answer) =>
    answer?.runs.some(({ finished }) => !finished) ? RUNNING_MS : RESTING_MS,
  );
  if (project.state === "loading") return <main aria-busy="true" />;
  if (project.state === "failed")
    return (
      <main>
        <Notice kind="bad">{project.error}</Notice>
      </main>
    );
  const { title, results, studies, datasets, runs, figures, broken } = project.answer;
  const isEmpty = results.length + datasets.length + runs.length + figures.length === 0;
  return (
    <main class="overview">
      <h1>{shortName(title)}</h1>
      {isEmpty && (
        <Notice>
          Nothing to show yet: no rewrites, scores or effects are here. <code>rate demo</code> makes some;
          this page shows them as they come.
        </Notice>
      )}
      {runs.some(({ finished }) => !finished) && (
        <Runs runs={runs.filter(({ finished }) => !finished)} title="Not finished" />
      )}
      {results.length > 0 && <Answers results={results} />}
      {studies.map((study) => (
        <Study key={study.file} study={study} />
      ))}
      {datasets.length > 0 && (
        <Datasets datasets={datasets} isRunning={runs.some(({ finished }) => !finished)} />
      )}
      {figures.length > 0 && (
        <section>
          <h2>Reports and figures</h2>
          <ul class="cards">
            {figures.map(({ file, type }) => (
              <li key={file}>
                <a href={`/file?${new URLSearchParams({ file })}`} target="_blank" rel="noreferrer">
                  {shortName(nameOf(file))}
                </a>
                <span class="quiet">
                  {folderOf(file)}
                  {type.startsWith("text/html") ? "report" : "figure"}, in a tab of its own
                </span>
              </li>
            ))}
          </ul>
        </section>
      )}
      {runs.some(({ finished }) => finished) && (
        <Runs runs={runs.filter(({ finished }) => finished)} title="Finished runs" />
      )}
      {broken.map(({ file, reason }) => (
        <Notice key={file} kind="bad">
          {shortName(file)} cannot be shown: {escapeControls(reason)}
        </Notice>
      ))}
    </main>
  );
}

function Datasets({ datasets, isRunning }: { datasets: readonly DatasetEntry[]; isRunning: boolean }) {
  const kept = datasets.filter(({ form }) => form !== "journal");
  const coming = datasets.filter(({ form }) => form === "journal");
  return (
    <section>
      <h2>Examples</h2>
      <DatasetList datasets={kept} />
      {coming.length > 0 && (
        <details open={isRunning || kept.length === 0}>
          <summary>Rewrites as they came ({coming.length})</summary>
          <DatasetList datasets={coming} />
        </details>
      )}
    </section>
  );
}

function DatasetList({ datasets }: { datasets: readonly DatasetEntry[] }) {
  return (
    <ul class="cards">
      {datasets.map(({ file, size }) => (
        <li key={file}>
          <Link to={examplesOf(file)}>{shortName(nameOf(file))}</Link>
          <span class="quiet">
            {folderOf(file)}
            {bytes(size)}
          </span>
        </li>
      ))}
    </ul>
  );
}

function nameOf(file: string): string {
  return file.slice(file.lastIndexOf("/") + 1);
}

function folderOf(file: string): string {
  const end = file.lastIndexOf("/");
  return end < 0 ? "" : `${shortName(file.slice(0, end))} · `;
}

function Answers({ results }: { results: readonly ResultEntry[] }) {
  const reach = (unit: ResultEntry["unit"]) =>
    Math.max(
      1e-9,
      ...results
        .filter((entry) => entry.unit === unit)
        .flatMap(({ value, low, high, naive }) => [value, low, high, naive].map((end) => Math.abs(end ?? 0))),
    );
  const reaches = { sd: reach("sd"), "reward units": reach("reward units") };
  return (
    <section>
      <h2>Answers</h2>
      <p class="quiet key">
        <i class="rate" /> RATE with its interval <i class="naive" /> naive comparison
      </p>
      <ul class="answers">
        {results.map((entry) => (
          <li key={`${entry.file} ${entry.index}`}>
            <Link to={{ view: "result", file: entry.file, index: entry.index }}>
              <b>{shortName(entry.concept)}</b> · {shortName(entry.rewardKey)}
            </Link>
            <Interval entry={entry} reach={reaches[entry.unit]} />
            <span>
              <b>{entry.verdict}</b> {escapeControls(entry.answer)}
            </span>
            <span class="quiet">
              {entry.warnings > 0 && `${entry.warnings} ${entry.warnings === 1 ? "warning" : "warnings"} · `}
              {entry.dataset === null ? (
                "its examples are not here"
              ) : (
                <Link to={examplesOf(entry.dataset, { model: entry.rewardKey, sort: "size" })}>examples</Link>
              )}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** What the results of a study say together; long tables are closed at first. */
function Study({ study: { file, note, tables } }: { study: StudyEntry }) {
  return (
    <section>
      <h2>Judged together: {shortName(nameOf(file))}</h2>
      <p class="quiet">{note}</p>
      {tables.map(({ caption, head, rows }) => (
        <details key={caption} open={rows.length <= OPEN_ROWS}>
          <summary>
            {caption} ({rows.length})
          </summary>
          <Table caption={caption} head={head} rows={rows} />
        </details>
      ))}
    </section>
  );
}

/** Tables of more rows are closed at first. */
const OPEN_ROWS = 30;
const WIDTH = 240;

/** The estimate and its interval on a scale that all results of a unit share, zero in the middle. */
function Interval({
  entry: { value, low, high, naive, unit },
  reach,
}: {
  entry: ResultEntry;
  reach: number;
}) {
  if (value === null) return <span class="quiet">–</span>;
  const at = (place: number) => WIDTH / 2 + (place / reach) * (WIDTH / 2 - 8);
  const range = low === null || high === null ? "" : `, from ${plain(low)} to ${plain(high)}`;
  return (
    <svg
      class="interval"
      viewBox={`0 0 ${WIDTH} 20`}
      role="img"
      aria-label={`${signed(value)} ${unit}${range}`}
    >
      <line class="axis" x1="0" x2={WIDTH} y1="10" y2="10" />
      <line class="axis" x1={WIDTH / 2} x2={WIDTH / 2} y1="2" y2="18" />
      {naive !== null && <path class="naive" d={`M${at(naive)} 4l4 6l-4 6l-4-6z`} />}
      {low !== null && high !== null && <line class="rate" x1={at(low)} x2={at(high)} y1="10" y2="10" />}
      <circle class="rate" cx={at(value)} cy="10" r="4.5" />
    </svg>
  );
}

function Runs({ runs, title }: { runs: readonly RunEntry[]; title: string }) {
  return (
    <section>
      <h2>{title}</h2>
      <ul class="cards">
        {runs.map((run) => (
          <li key={run.file}>
            <b>
              rate {escapeControls(run.command)} · {escapeControls(run.timestamp)}
            </b>
            <span class="quiet">
              {run.finished ? `finished · ${run.outputs.length} files` : "unfinished"}
              {run.smokeTest && " · smoke test"}
            </span>
            {!run.finished &&
              run.reached.map(({ label, done, total }) => (
                <span class="meter" key={label}>
                  <progress value={done} max={Math.max(1, total)} aria-label={escapeControls(label)} />
                  <span>
                    {escapeControls(label)}: {count(done)} of {count(total)}
                  </span>
                </span>
              ))}
          </li>
        ))}
      </ul>
    </section>
  );
}

function bytes(size: number): string {
  const units = ["bytes", "kB", "MB", "GB"];
  let value = size;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit === 0 ? value : value.toPrecision(3)} ${units[unit]}`;
}
