import { escapeControls, shortName } from "../../domain/escape-controls.js";
import { plain, type ShownEstimate, signed } from "../../reporting/html/words.js";
import { fitWidths, withoutOwners } from "./names.js";
import { cutTo, widthOf } from "./terminal-width.js";

/** Columns of a line, at most. */
export const LINE_WIDTH = 80;

/** An estimate as one line: names, number, a strip with the interval, the interval, the verdict. */
export interface ResultLine {
  /** Cut where they are long, the last one first. */
  readonly names: readonly string[];
  /** Null where nothing can be said of it. */
  readonly estimate: ShownEstimate | null;
  /** What stands at the end: the verdict, say. */
  readonly end: string;
}

/** Columns of the strip that shows where the intervals lie; all lines share its scale. */
const STRIP = 14;
/** A narrower strip shows nothing. */
const LEAST_STRIP = 6;
const GAP = "  ";

/** Lines of at most 80 columns, one a result, with their columns under each other. */
export function resultLines(lines: readonly ResultLine[]): string[] {
  const drawn = lines.map(
    ({ estimate }) => estimate && { estimate, number: numberOf(estimate), range: rangeOf(estimate) },
  );
  const widest = (texts: readonly string[]) => Math.max(0, ...texts.map(widthOf));
  const number = widest(drawn.map((part) => part?.number ?? ""));
  const range = widest(drawn.map((part) => part?.range ?? ""));
  const end = widest(lines.flatMap((line) => (line.estimate ? [line.end] : [])));
  const rest = LINE_WIDTH - number - range - end - 3 * GAP.length;
  const strip = stripWidth(rest, lines);
  const names = namesIn(lines, rest - (strip > 0 ? strip + 1 : 0));
  const scale = scaleOf(lines);
  return lines.map((line, index) => {
    const part = drawn[index];
    if (!part) return cutTo(`${names[index]}${GAP}${escapeControls(line.end)}`, LINE_WIDTH);
    const cells = [
      names[index]!,
      `${padStart(part.number, number)}${strip > 0 ? ` ${stripOf(part.estimate, scale, strip)}` : ""}`,
      padEnd(part.range, range),
      line.end,
    ];
    return cells.join(GAP);
  });
}

/** Columns for the strip: names that fit without it come first, those that do not are cut. */
function stripWidth(rest: number, lines: readonly ResultLine[]): number {
  const names = withoutOwners(shownNames(lines));
  const left = rest - 1 - lengthOf(widthsOf(names));
  if (left >= LEAST_STRIP) return Math.min(STRIP, left);
  return left >= -1 || rest < STRIP + 24 ? 0 : STRIP;
}

function numberOf({ value, digits }: ShownEstimate): string {
  return signed(value, digits);
}

function rangeOf({ low, high, digits, unit }: ShownEstimate): string {
  if (low === null || high === null) return "";
  return `[${plain(low, digits)}, ${plain(high, digits)}]${unit === "sd" ? "" : " raw"}`;
}

function shownNames(lines: readonly ResultLine[]): string[][] {
  return lines.map(({ names }) => names.map((name) => shortName(name)));
}

/** The widest name of every column. */
function widthsOf(shown: readonly (readonly string[])[]): number[] {
  const count = Math.max(0, ...shown.map((names) => names.length));
  return Array.from({ length: count }, (_, place) =>
    Math.max(...shown.map((names) => widthOf(names[place] ?? ""))),
  );
}

/** Columns that names of these widths take, with the gaps between them. */
function lengthOf(widths: readonly number[]): number {
  return widths.reduce((sum, width) => sum + width + GAP.length, -GAP.length);
}

/** The names of every line, in columns that fill the given width at most. */
function namesIn(lines: readonly ResultLine[], width: number): string[] {
  const full = shownNames(lines);
  const shown = lengthOf(widthsOf(full)) > width ? withoutOwners(full) : full;
  const wanted = widthsOf(shown);
  const widths = fitWidths(wanted, width - GAP.length * (wanted.length - 1));
  return shown.map((names) =>
    widths.map((own, place) => padEnd(cutTo(names[place] ?? "", own), own)).join(GAP),
  );
}

interface StripScale {
  readonly low: number;
  readonly high: number;
}

/** From the lowest end of an interval to the highest, 0 included. */
function scaleOf(lines: readonly ResultLine[]): StripScale {
  const ends = lines.flatMap(({ estimate }) => [estimate?.low ?? 0, estimate?.high ?? 0]);
  return { low: Math.min(0, ...ends), high: Math.max(0, ...ends) };
}

/** For example `│ ──●─`: the zero line, the interval, the estimate. */
function stripOf({ value, low, high }: ShownEstimate, scale: StripScale, width: number): string {
  if (value === null || low === null || high === null) return " ".repeat(width);
  const range = scale.high - scale.low || 1;
  const at = (place: number) => Math.round(((place - scale.low) / range) * (width - 1));
  const cells = Array<string>(width).fill(" ");
  for (let cell = at(low); cell <= at(high); cell += 1) cells[cell] = "─";
  if (cells[at(0)] === " " || at(0) !== at(value)) cells[at(0)] = "│";
  cells[at(value)] = "●";
  return cells.join("");
}

function padStart(text: string, width: number): string {
  return `${" ".repeat(Math.max(0, width - widthOf(text)))}${text}`;
}

function padEnd(text: string, width: number): string {
  return `${text}${" ".repeat(Math.max(0, width - widthOf(text)))}`;
}
