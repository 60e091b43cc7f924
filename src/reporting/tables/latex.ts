import { escapeControls } from "../../domain/escape-controls.js";
import type { TextTable } from "./table.js";

/** Characters with a meaning in LaTeX, and those that its fonts would join or lack. */
const ESCAPES: Readonly<Record<string, string>> = {
  "\\": "\\textbackslash{}",
  "{": "\\{",
  "}": "\\}",
  $: "\\$",
  "&": "\\&",
  "#": "\\#",
  "%": "\\%",
  _: "\\_",
  "^": "\\textasciicircum{}",
  "~": "\\textasciitilde{}",
  "<": "\\textless{}",
  ">": "\\textgreater{}",
  "|": "\\textbar{}",
  '"': "\\textquotedbl{}",
  "`": "\\textasciigrave{}",
  "−": "$-$",
  "–": "\\textendash{}",
  "—": "\\textemdash{}",
  "…": "\\dots{}",
  "\u00a0": "~",
  "‘": "\\textquoteleft{}",
  "’": "\\textquoteright{}",
  "“": "\\textquotedblleft{}",
  "”": "\\textquotedblright{}",
  "·": "\\textperiodcentered{}",
  "×": "$\\times$",
  // An array's row that begins with one of these would take it for an option.
  "[": "{[}",
  "]": "{]}",
  "*": "{*}",
};

/**
 * A text as LaTeX that prints it and does nothing else, whatever commands it holds. Line ends become a pilcrow, what could steer a viewer is written out, and
 * a character that pdfLaTeX's fonts lack is written as its code point where `unicode` is false.
 *
 * @example
 * latexText("50 % of \\input{x}"); // prints the same text
 */
export function latexText(text: string, { unicode = false }: { unicode?: boolean } = {}): string {
  return (
    text
      .split(/\r?\n/)
      .map((line) =>
        [...escapeControls(line)].map((character) => latexCharacter(character, unicode)).join(""),
      )
      // Two of these would become one other sign; LuaLaTeX joins them through braces.
      .map((line) => line.replace(/([-',])(?=\1)/g, "$1\\kern0pt{}"))
      .join(" \\P{} ")
  );
}

function latexCharacter(character: string, unicode: boolean): string {
  const escaped = ESCAPES[character];
  if (escaped !== undefined) return escaped;
  const code = character.codePointAt(0)!;
  // ASCII, and the letters of Western and Central Europe, which T1 fonts have.
  if (unicode || code < 0x7f || (code >= 0xa1 && code <= 0x17f && !NOT_IN_T1.has(code))) return character;
  return `\\texttt{{[}U+${code.toString(16).toUpperCase().padStart(4, "0")}{]}}\\allowbreak{}`;
}

/** Letters and signs of Latin-1 and Latin Extended-A that neither T1 nor TS1 fonts have. */
const NOT_IN_T1 = new Set([
  0x108, 0x109, 0x10a, 0x10b, 0x114, 0x115, 0x11c, 0x11d, 0x120, 0x121, 0x122, 0x123, 0x124, 0x125, 0x126,
  0x127, 0x128, 0x129, 0x12a, 0x12b, 0x12c, 0x12d, 0x134, 0x135, 0x136, 0x137, 0x138, 0x13b, 0x13c, 0x13f,
  0x140, 0x145, 0x146, 0x149, 0x14c, 0x14d, 0x14e, 0x14f, 0x156, 0x157, 0x15c, 0x15d, 0x166, 0x167, 0x168,
  0x169, 0x16a, 0x16b, 0x16c, 0x16d, 0x172, 0x173, 0x174, 0x175, 0x176, 0x177, 0x17f, 0x100, 0x101, 0x112,
  0x113, 0x116, 0x117, 0x12e, 0x12f,
]);

/** Share of the text's width that all columns of running text have together. */
const TEXT_WIDTH = 0.9;

/**
 * A table with the rules of booktabs.
 *
 * @example
 * latexTable(estimatesTable(await readEffects("study.json"), true));
 */
export function latexTable(table: TextTable, options: { unicode?: boolean } = {}): string {
  const cell = (text: string) => latexText(text, options);
  const texts = table.columns.filter(({ align }) => align === "text").length;
  const specs = table.columns.map(({ align }) =>
    align === "right" ? "r" : align === "left" ? "l" : `p{${(TEXT_WIDTH / texts).toFixed(3)}\\linewidth}`,
  );
  const line = (cells: readonly string[]) => `  ${cells.map(cell).join(" & ")} \\\\`;
  const body = table.rows.map(line).join(texts > 0 ? "\n  \\midrule\n" : "\n");
  return [
    `% ${escapeControls(table.title)}`,
    options.unicode
      ? "% needs LuaLaTeX or XeLaTeX, \\usepackage{booktabs,fontspec}, and fonts with these letters, as \\setmainfont{DejaVu Serif}"
      : "% needs \\usepackage{booktabs} and \\usepackage[T1]{fontenc}",
    `\\begin{tabular}{${specs.join("")}}`,
    "  \\toprule",
    line(table.columns.map(({ name }) => name)),
    "  \\midrule",
    ...(body === "" ? [] : [body]),
    "  \\bottomrule",
    "\\end{tabular}",
    ...table.notes.map((note) => `% ${escapeControls(note)}`),
    "",
  ].join("\n");
}
