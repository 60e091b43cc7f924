import type { ComponentChildren } from "preact";

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
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a wide table scrolls, and the keyboard must reach it
    <section class="table" aria-label={caption} tabIndex={0}>
      <table class={rows.length > 2 ? "sortable" : ""}>
        <thead>
          <tr>{head.map((cell) => (cell === "" ? <td /> : <th scope="col">{cell}</th>))}</tr>
        </thead>
        <tbody>
          {rows.map((row, index) => (
            <tr {...attributes(index)}>
              {row.map((cell, column) => (column === 0 ? <th scope="row">{cell}</th> : <td>{cell}</td>))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

/** A part of the page that opens by its summary. */
export function Fold({
  summary,
  open = false,
  children,
}: {
  summary: string;
  open?: boolean;
  children: ComponentChildren;
}) {
  return (
    <details class="prints" open={open}>
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
