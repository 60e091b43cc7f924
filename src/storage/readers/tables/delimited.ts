import { inputError } from "../../../domain/errors.js";
import { lineBlocks, requireUtf8 } from "../../examples/lines.js";
import { type DelimitedRecord, DelimitedText, type Dialect } from "./delimited-text.js";
import type { TableRow } from "./row.js";

/** The rows of a CSV file. Fields are in quotes where they hold commas, quotes or line ends. */
export function csvRows(path: string): AsyncIterable<TableRow> {
  return rowsOf(path, { delimiter: ",", quotes: true });
}

/**
 * The rows of a CSV file of a spreadsheet that writes decimal commas, with semicolons between the fields; numbers get
 * decimal points.
 */
export async function* semicolonRows(path: string): AsyncIterable<TableRow> {
  for await (const { row, origin } of rowsOf(path, { delimiter: ";", quotes: true })) {
    const cells = Object.entries(row).map(([name, cell]) => {
      const number = typeof cell === "string" ? /^\s*([+-]?\d*),(\d+(?:[eE][+-]?\d+)?)\s*$/.exec(cell) : null;
      return [name, number ? `${number[1]}.${number[2]}` : cell];
    });
    yield { row: Object.fromEntries(cells), origin };
  }
}

/**
 * The rows of a TSV file. Quotes enclose fields where the whole file then has rows of equal width; else (and where
 * every line by itself is a row, so that a quote that is a letter would swallow the lines up to the next one) they
 * are letters like others.
 */
export async function* tsvRows(path: string): AsyncIterable<TableRow> {
  yield* rowsOf(path, { delimiter: "\t", quotes: await quotesEnclose(path) });
}

async function* rowsOf(path: string, dialect: Dialect): AsyncIterable<TableRow> {
  let names: readonly string[] | null = null;
  for await (const { fields, line } of recordsOf(path, dialect)) {
    if (names === null) {
      if (line === 1 && /^sep=.$/.test(fields.join(dialect.delimiter))) continue;
      names = namesOf(fields, `${path}:${line}`, dialect.delimiter);
      continue;
    }
    if (fields.length !== names.length)
      throw inputError(
        `${path}:${line}: has ${fields.length} ${fields.length === 1 ? "field" : "fields"}, but the header has ${names.length} (${names.join(", ")}); a field that holds a ${dialect.delimiter === "," ? "comma" : "tab"} or a line end is put in quotes`,
      );
    const named = names;
    yield {
      row: Object.fromEntries(fields.map((value, index) => [named[index]!, value])),
      origin: `${path}:${line}`,
    };
  }
}

async function* recordsOf(path: string, dialect: Dialect): AsyncIterable<DelimitedRecord> {
  const parser = new DelimitedText(path, dialect);
  for await (const block of lineBlocks(path)) {
    requireUtf8(block, path);
    yield* parser.push(block.bytes.toString("utf8"));
  }
  yield* parser.end();
}

/** The columns' names; one without a name gets its number. */
function namesOf(fields: readonly string[], origin: string, delimiter: string): string[] {
  const [only = ""] = fields;
  const other =
    fields.length > 1 ? undefined : OTHERS.find(([mark]) => mark !== delimiter && only.includes(mark));
  if (other)
    throw inputError(
      `${origin}: the header is one field, ${JSON.stringify(only.slice(0, 60))}, which seems to be separated by ${other[1]}; save the table with ${delimiter === "," ? "commas" : "tabs"} between its fields`,
    );
  const names = fields.map((name, index) => name.trim() || `column ${index + 1}`);
  const twice = names.find((name, index) => names.indexOf(name) < index);
  if (twice === undefined) return names;
  throw inputError(
    `${origin}: the column ${JSON.stringify(twice)} stands twice in the header (columns ${names.indexOf(twice) + 1} and ${names.lastIndexOf(twice) + 1}); rename one of them`,
  );
}

const OTHERS = [
  [";", "semicolons"],
  ["\t", "tabs (a file of that kind is called .tsv)"],
  [",", "commas (a file of that kind is called .csv)"],
  ["|", "vertical bars"],
] as const;

/** Whether a TSV file's quotes enclose fields. */
async function quotesEnclose(path: string): Promise<boolean> {
  const [enclosing, plain] = [true, false].map((quotes) => new Trial(path, quotes));
  let anyQuote = false;
  for await (const { bytes } of lineBlocks(path)) {
    const text = bytes.toString("utf8");
    anyQuote ||= text.includes('"');
    enclosing!.push(text);
    plain!.push(text);
  }
  if (!anyQuote) return true;
  enclosing!.end();
  plain!.end();
  if (!plain!.fits) return true;
  return enclosing!.fits && enclosing!.records === plain!.records;
}

/** Reads a text one way, to see whether its records are of equal width. */
class Trial {
  records = 0;
  fits = true;
  private width = 0;
  private readonly parser: DelimitedText;

  constructor(path: string, quotes: boolean) {
    this.parser = new DelimitedText(path, { delimiter: "\t", quotes });
  }

  push(text: string): void {
    this.count(() => this.parser.push(text));
  }

  end(): void {
    this.count(() => this.parser.end());
  }

  private count(records: () => Iterable<DelimitedRecord>): void {
    if (!this.fits) return;
    try {
      for (const { fields } of records()) {
        if (this.width === 0) this.width = fields.length;
        this.records += 1;
        if (fields.length !== this.width) this.fits = false;
      }
    } catch {
      this.fits = false;
    }
  }
}
