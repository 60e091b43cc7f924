import { inputError } from "../../../domain/errors.js";

/** A record of delimited text. */
export interface DelimitedRecord {
  readonly fields: readonly string[];
  /** The line (from 1) that it begins in. */
  readonly line: number;
}

/** How fields stand in a text. */
export interface Dialect {
  readonly delimiter: "," | ";" | "\t";
  /** Whether quotes enclose fields; else they are letters like others. */
  readonly quotes: boolean;
}

/** Characters of a record; a longer one is a quote that never ends. */
const LONGEST_RECORD = 64 << 20;

/**
 * Takes records off delimited text (RFC 4180, and what spreadsheets and pandas make of it) that comes in pieces of
 * whole lines. Lines may end with \n, \r\n or both in turn; a \r by itself ends one where the record has as many
 * fields as the first. Throws, with `path` and the line, where quotes do not balance.
 */
export class DelimitedText {
  private fields: string[] = [];
  private field = "";
  private state: "start" | "plain" | "quoted" | "closed" = "start";
  /** Line of the present character, of the record's beginning, and of the quote that is open. */
  private line = 1;
  private recordLine = 1;
  private quoteLine = 1;
  private size = 0;
  private width = 0;

  constructor(
    private readonly path: string,
    private readonly dialect: Dialect,
  ) {}

  /** The records that a piece completes. Records without anything in them (empty lines) are left out. */
  *push(text: string): Iterable<DelimitedRecord> {
    const { delimiter, quotes } = this.dialect;
    // Where the text begins that has not been added to the field.
    let from = 0;
    const take = (end: number) => {
      if (end > from) this.field += text.slice(from, end);
    };
    for (let at = 0; at < text.length; at += 1) {
      const character = text[at];
      if (this.state === "quoted") {
        if (character === "\n") this.line += 1;
        if (character !== '"') continue;
        take(at);
        if (text[at + 1] === '"') {
          this.field += '"';
          at += 1;
        } else this.state = "closed";
        from = at + 1;
      } else if (character === delimiter) {
        this.endField(text, from, at);
        from = at + 1;
      } else if (character === "\n" || (character === "\r" && this.endsLine(text[at + 1]))) {
        this.endField(text, from, at);
        if (character === "\r" && text[at + 1] === "\n") at += 1;
        if (text[at] === "\n") this.line += 1;
        from = at + 1;
        yield* this.endRecord();
      } else if (this.state === "closed") {
        throw inputError(
          `${this.path}:${this.quoteLine}: the quotes do not balance: a field begins with a quote here, which ends in line ${this.line} before ${JSON.stringify(text.slice(at, at + 20))}; a quote inside of a quoted field is written twice`,
        );
      } else if (character === '"' && quotes && this.state === "start") {
        this.state = "quoted";
        this.quoteLine = this.line;
        from = at + 1;
      } else this.state = "plain";
    }
    if (this.state !== "closed") take(text.length);
    this.size += text.length;
    if (this.size > LONGEST_RECORD)
      throw inputError(
        `${this.path}:${this.recordLine}: has a record of more than ${LONGEST_RECORD / 2 ** 20} MiB, which is too long to be read: does a quote stay open?`,
      );
  }

  /** What is left at the end of the text. */
  *end(): Iterable<DelimitedRecord> {
    if (this.state === "quoted")
      throw inputError(
        `${this.path}:${this.quoteLine}: the quotes do not balance: a field begins with a quote here, which is never closed`,
      );
    if (this.fields.length === 0 && this.state === "start") return;
    this.endField("", 0, 0);
    yield* this.endRecord();
  }

  private endsLine(next: string | undefined): boolean {
    if (next === "\n") return true;
    return this.width === 0 || this.fields.length + 1 === this.width;
  }

  private endField(text: string, from: number, end: number): void {
    if (this.state !== "closed") this.field += text.slice(from, end);
    if (this.state === "plain" && this.dialect.quotes && isOdd(this.field))
      throw inputError(
        `${this.path}:${this.line}: the quotes do not balance: ${JSON.stringify(this.field.slice(0, 60))}; a field that holds a quote is put in quotes, and the quote in it written twice`,
      );
    this.fields.push(this.field);
    this.field = "";
    if (this.state === "closed") this.wasQuoted = true;
    this.state = "start";
  }

  /** Whether a field of the record stood in quotes: `""` alone is a field, an empty line none. */
  private wasQuoted = false;

  private *endRecord(): Iterable<DelimitedRecord> {
    const { fields, recordLine: line } = this;
    const isEmpty = fields.length === 1 && fields[0]!.trim() === "" && !this.wasQuoted;
    this.fields = [];
    this.wasQuoted = false;
    this.recordLine = this.line;
    this.size = 0;
    if (isEmpty) return;
    if (this.width === 0) this.width = fields.length;
    yield { fields, line };
  }
}

/** Whether a text holds an odd number of quotes. */
function isOdd(text: string): boolean {
  let odd = false;
  for (let at = text.indexOf('"'); at >= 0; at = text.indexOf('"', at + 1)) odd = !odd;
  return odd;
}
