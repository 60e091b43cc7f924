import type { ComponentChildren } from "preact";
import { isNumber, wordColumns } from "./cells.js";

/** A table that scrolls within itself where it is too wide. */
export function Table({
  caption,
  head,
  rows,
  attributes = () => ({}),
}: {
  caption: string;
  head: readonly string[];
  rows: readonly (readonly string[])[];
  attributes?: (row: number) => Readonly<Record<string, string>>;
}) {
  const isWords = wordColumns(head, rows);
  const kindOf = (cell: string, column: number) =>
    isWords[column] ? "words" : isNumber(cell) ? undefined : "note";
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a wide table scrolls, and the keyboard must reach it
    <section class="table" aria-label={caption} tabIndex={0}>
      <table class={rows.length > 2 ? "sortable" : ""}>
        <thead>
          <tr>
            {head.map((cell, column) =>
              cell === "" ? (
                <td />
              ) : (
                <th scope="col" class={isWords[column] ? "words" : undefined}>
                  {cell}
                </th>
              ),
            )}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, index) => (
            <tr {...attributes(index)}>
              {row.map((cell, column) =>
                column === 0 ? <th scope="row">{cell}</th> : <td class={kindOf(cell, column)}>{cell}</td>,
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

/** A part of the page that opens by its summary, and on paper; `prints` is false where the paper has the same as a drawing. */
export function Fold({
  summary,
  open = false,
  prints = true,
  children,
}: {
  summary: string;
  open?: boolean;
  prints?: boolean;
  children: ComponentChildren;
}) {
  return (
    <details class={prints ? "prints" : "screen"} open={open}>
      <summary>{summary}</summary>
      {children}
    </details>
  );
}

/** A choice that the page's script acts upon; not to be seen without it. */
export function Choice({
  name,
  label,
  options,
}: {
  name: string;
  label: string;
  options: readonly (readonly [value: string, text: string])[];
}) {
  return (
    <label>
      {label}{" "}
      <select name={name} autocomplete="off">
        {options.map(([value, text]) => (
          <option value={value}>{text}</option>
        ))}
      </select>
    </label>
  );
}
