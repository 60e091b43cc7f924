import type { ComponentChildren } from "preact";
import { escapeControlsInText, shortName } from "../../domain/escape-controls.js";
import { wordColumns } from "../../reporting/html/cells.js";
import type { ExampleRow } from "../server/answers.js";

export function Notice({
  children,
  kind = "quiet",
}: {
  children: ComponentChildren;
  kind?: "quiet" | "bad";
}) {
  return (
    <p class={`notice ${kind}`} role={kind === "bad" ? "alert" : "status"}>
      {children}
    </p>
  );
}

/** A table that scrolls within itself where it is too wide. */
export function Table({
  caption,
  head,
  rows,
}: {
  caption: string;
  head: readonly string[];
  rows: readonly (readonly string[])[];
}) {
  const classes = wordColumns(head, rows).map((holdsWords) => (holdsWords ? "words" : ""));
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a wide table scrolls, and the keyboard must reach it
    <section class="table" aria-label={caption} tabIndex={0}>
      <table>
        <thead>
          <tr>
            {head.map((cell, column) =>
              cell === "" ? (
                <td key={cell} />
              ) : (
                <th key={cell} scope="col" class={classes[column]}>
                  {cell}
                </th>
              ),
            )}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, index) => (
            <tr key={index}>
              {row.map((cell, column) =>
                column === 0 ? (
                  <th key={head[column]} scope="row">
                    {escapeControlsInText(cell)}
                  </th>
                ) : (
                  <td key={head[column]} class={classes[column]}>
                    {escapeControlsInText(cell)}
                  </td>
                ),
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

/** How far something is; without a share, that it goes on. */
export function Meter({ share, children }: { share: number | null; children: ComponentChildren }) {
  return (
    <div class="meter" role="status">
      <progress aria-label="share that has been read" {...(share === null ? {} : { value: share, max: 1 })} />
      <span>{children}</span>
    </div>
  );
}

/** A count as people read it. */
export function count(value: number): string {
  return value.toLocaleString("en-GB");
}

/** What is out of the ordinary about an example, in words. */
export function Marks({ row }: { row: Pick<ExampleRow, "failedFlips" | "failure"> }) {
  const [away, back] = row.failedFlips;
  return (
    <>
      {row.failure !== null && <span class="mark bad">{shortName(row.failure, 40)}</span>}
      {away === true && <span class="mark">flip failed</span>}
      {back === true && <span class="mark">flip back failed</span>}
    </>
  );
}
