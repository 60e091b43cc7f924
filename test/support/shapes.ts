import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { parquetWriteFile } from "hyparquet-writer";

/** An example of scores made elsewhere. */
export interface Score {
  readonly id: string;
  readonly treated: boolean;
  readonly original: number;
  readonly rewrite: number;
  readonly rewriteOfRewrite: number;
}

/** Scores with an effect of 0.4 and a rewriter that adds 0.1 in the direction of w. */
export function scores(count: number): Score[] {
  return Array.from({ length: count }, (_, index) => {
    const treated = index % 2 === 1;
    const sign = treated ? 1 : -1;
    const original = Math.round(1e6 * Math.sin(7 * index + 1)) / 1e6;
    const round = (value: number) => Math.round(1e6 * value) / 1e6;
    return {
      id: `e${index}`,
      treated,
      original,
      rewrite: round(original - 0.3 * sign),
      rewriteOfRewrite: round(original + 0.1 * sign),
    };
  });
}

type Cell = string | number | boolean | null;

/** The same scores in the shapes in which people have them, each in a file of the folder: path by name. */
export function shapesOf(folder: string, rows: readonly Score[]): Record<string, string> {
  const nested = ({ treated, original, rewrite, rewriteOfRewrite }: Score, key = "rewritten rewrite") => ({
    w_original: treated,
    m: { original, rewrite, [key]: rewriteOfRewrite },
  });
  const withId = (row: Score) => ({ id: row.id, ...nested(row) });
  const keyed = Object.fromEntries(rows.map((row) => [row.id, nested(row)]));
  const flat = (row: Score, names: readonly string[], treated: Cell): Record<string, Cell> => ({
    id: row.id,
    [names[0]!]: treated,
    [names[1]!]: row.original,
    [names[2]!]: row.rewrite,
    [names[3]!]: row.rewriteOfRewrite,
  });
  const lines = (records: readonly object[]) =>
    records.map((record) => `${JSON.stringify(record)}\n`).join("");
  const delimited = (records: readonly Record<string, Cell>[], mark: string, comma = ".") =>
    [Object.keys(records[0]!), ...records.map((record) => Object.values(record))]
      .map((cells) =>
        cells
          .map((cell) => (typeof cell === "number" ? String(cell).replace(".", comma) : String(cell)))
          .join(mark),
      )
      .join("\n");
  const usual = ["w_original", "reward_original", "reward_rewrite", "reward_rewritten_rewrite"];
  const byUsual = rows.map((row) => flat(row, usual, row.treated));
  const contents: Record<string, string | Uint8Array> = {
    "lines.jsonl": lines(rows.map(withId)),
    "mark.jsonl": `\ufeff${lines(rows.map(withId))}`,
    "packed.jsonl.gz": gzipSync(lines(rows.map(withId))),
    "spelled.jsonl": lines(rows.map((row) => ({ id: row.id, ...nested(row, "rewritten_rewrite") }))),
    "camel.jsonl": lines(rows.map((row) => ({ id: row.id, ...nested(row, "rewriteOfRewrite") }))),
    "per-line.jsonl": lines(rows.map((row) => ({ [row.id]: nested(row) }))),
    "flat.jsonl": lines(byUsual),
    "flat-numbers.jsonl": lines(rows.map((row) => flat(row, usual, row.treated ? 1 : 0))),
    "list.json": JSON.stringify(rows.map(withId)),
    "list-indented.json": JSON.stringify(rows.map(withId), null, 2),
    "list-flat.json": JSON.stringify(byUsual),
    "keyed.json": JSON.stringify(keyed),
    "keyed-indented.json": JSON.stringify(keyed, null, 1),
    "keyed-mark.json": `\ufeff${JSON.stringify(keyed, null, 4)}`,
    "pandas-columns.json": JSON.stringify(
      Object.fromEntries(
        Object.keys(byUsual[0]!).map((name) => [
          name,
          Object.fromEntries(byUsual.map((row, index) => [String(index), row[name]!])),
        ]),
      ),
    ),
    "wide.csv": delimited(
      rows.map((row) =>
        flat(row, ["w", "reward_original", "reward_rewrite", "reward_rr"], row.treated ? 1 : 0),
      ),
      ",",
    ),
    "python.csv": delimited(
      rows.map((row) =>
        flat(
          row,
          ["treated", "score_original", "score_rewrite", "score_rewritten_rewrite"],
          row.treated ? "True" : "False",
        ),
      ),
      ",",
    ),
    "bare.tsv": delimited(
      rows.map((row) =>
        flat(row, ["Treated", "Original", "Rewrite", "Rewritten Rewrite"], row.treated ? "yes" : "no"),
      ),
      "\t",
    ),
    "semicolons.csv": delimited(byUsual, ";", ","),
    "named.csv": delimited(
      rows.map((row) => flat(row, ["w", "m.original", "m.rewrite", "m.rewritten_rewrite"], row.treated)),
      ",",
    ),
    "slashes.csv": `\ufeff${delimited(
      rows.map((row) => flat(row, ["w", "m/original", "m/rewrite", "m/rewritten rewrite"], row.treated)),
      ",",
    ).replaceAll("\n", "\r\n")}`,
    "underscores.jsonl": lines(
      rows.map((row) => flat(row, ["w", "m_original", "m_rewrite", "m_rewritten_rewrite"], row.treated)),
    ),
  };
  const paths = Object.fromEntries(
    Object.entries(contents).map(([name, content]) => {
      writeFileSync(join(folder, name), content);
      return [name, join(folder, name)];
    }),
  );
  const parquet = join(folder, "wide.parquet");
  parquetWriteFile({
    filename: parquet,
    columnData: Object.keys(byUsual[0]!).map((name) => ({ name, data: byUsual.map((row) => row[name]!) })),
  });
  return { ...paths, "wide.parquet": parquet };
}
