import assert from "node:assert/strict";
import { test } from "node:test";
import { latexTable, latexText } from "../../../src/reporting/tables/latex.js";

test("hostile LaTeX is printed, never obeyed", () => {
  const hostile = '\\input{/etc/passwd} \\write18{rm} $x^2$ & 100% #1 ~ {} `"<|> \\end{tabular}';
  const escaped = latexText(hostile);
  // Every backslash begins one of the commands that print a character, and every brace that is left is theirs or the printed one.
  const left = escaped
    .replace(/\\text(?:backslash|asciicircum|asciitilde|less|greater|bar|quotedbl|asciigrave)\{\}/g, "")
    .replace(/\\[{}$&#%_]/g, "");
  assert.doesNotMatch(left, /[\\{}$&#%_^~<>|"`]/);
  assert.match(left, /^input\/etc\/passwd write18rm x2/);
});

test("controls, direction overrides and line ends are shown", () => {
  assert.equal(
    latexText("a\u001b[31m\u202eb\u0000\nc\td"),
    "a\\textbackslash{}u\\{1b\\}{[}31m\\textbackslash{}u\\{202e\\}b\\textbackslash{}u\\{0\\} \\P{} c\\textbackslash{}td",
  );
});

test("signs that would join stay apart; dashes, minus and quotes are set as such", () => {
  assert.equal(latexText("a--b ''c'' ,,"), "a-\\kern0pt{}-b '\\kern0pt{}'c'\\kern0pt{}' ,\\kern0pt{},");
  assert.equal(latexText("−0.5 – “x”"), "$-$0.5 \\textendash{} \\textquotedblleft{}x\\textquotedblright{}");
});

test("letters that pdfLaTeX lacks are written as code points, or left to engines that have them", () => {
  assert.equal(latexText("é ł 漢"), "é ł \\texttt{{[}U+6F22{]}}\\allowbreak{}");
  assert.equal(latexText("漢 😀", { unicode: true }), "漢 😀");
  const table = { title: "t", columns: [], rows: [], notes: [] };
  assert.match(latexTable(table, { unicode: true }), /^% needs LuaLaTeX or XeLaTeX/m);
});

test("a table with the rules of booktabs", () => {
  const table = {
    title: "title\n\\evil",
    columns: [
      { name: "name", align: "left" },
      { name: "95 % CI", align: "right" },
    ],
    rows: [
      ["a_b", "[1"],
      ["*", "−2"],
    ],
    notes: ["a note"],
  } as const;
  assert.equal(
    latexTable(table),
    [
      "% title\\n\\evil",
      "% needs \\usepackage{booktabs} and \\usepackage[T1]{fontenc}",
      "\\begin{tabular}{lr}",
      "  \\toprule",
      "  name & 95 \\% CI \\\\",
      "  \\midrule",
      "  a\\_b & {[}1 \\\\",
      "  {*} & $-$2 \\\\",
      "  \\bottomrule",
      "\\end{tabular}",
      "% a note",
      "",
    ].join("\n"),
  );
});
