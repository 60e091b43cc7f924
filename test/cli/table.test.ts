import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { emptyFolder } from "../support/folders.js";
import { rate } from "../support/program.js";
import { HOSTILE } from "../support/results.js";

const TEXTS = [
  "\\input{/etc/passwd} \\write18{touch pwned} \\end{tabular} % & $ # _ ^ ~ {} \\",
  `${HOSTILE} -- '' ,, ?\` !\` << >> [x] *`,
  "漢字 😀 é ł ß œ ŋ Ω ж \u0301 ¿ ¡ «» ¼ µ € ™",
  "\n\nleading\n\nblank lines\n",
];

function hostileFile(path: string): void {
  const lines = TEXTS.map((text, index) =>
    JSON.stringify({
      id: `e${index}`,
      w_original: index % 2 === 0,
      reward_question: "q",
      completions: { original: text, rewrite: `${text}r`, "rewritten rewrite": `r${text}` },
      [HOSTILE]: { original: index, rewrite: -index, "rewritten rewrite": index / 3 },
    }),
  );
  writeFileSync(path, `${lines.join("\n")}\n`);
}

test("estimates in every format, to the terminal and to files by their names", async (t) => {
  const folder = emptyFolder(t);
  const scored = join(folder, "scored.jsonl");
  hostileFile(scored);
  const terminal = await rate(["table", "estimates", scored]);
  assert.equal(terminal.code, 0, terminal.stderr);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this looks for
  assert.doesNotMatch(terminal.stdout, /[\u001b\u202e]/);
  for (const [name, start] of [
    ["a.tex", "% Effects on the reward"],
    ["a.md", "**Effects on the reward"],
    ["a.csv", "dataset_name,concept,reward_key"],
  ] as const) {
    const done = await rate(["table", "estimates", scored, "--output", join(folder, name)]);
    assert.equal(done.code, 0, done.stderr);
    assert.ok(readFileSync(join(folder, name), "utf8").startsWith(start), name);
  }
  const { parse } = await import("csv-parse/sync");
  const rows: Record<string, string>[] = parse(readFileSync(join(folder, "a.csv"), "utf8"), {
    columns: true,
  });
  assert.equal(rows.length, 7);
  assert.equal(rows[0]!.reward_key, HOSTILE);
  const json = JSON.parse((await rate(["effects", "--dataset", scored, "--json"])).stdout);
  assert.equal(Number(rows[0]!.value), json.naive_effect);
});

test("wrong calls say what is known", async (t) => {
  const folder = emptyFolder(t);
  const scored = join(folder, "scored.jsonl");
  hostileFile(scored);
  const kind = await rate(["table", "estimate", scored]);
  assert.equal(kind.code, 2);
  assert.match(kind.stderr, /known: estimates, examples/);
  const none = await rate(["table", "examples", join(folder, "none.jsonl")]);
  assert.equal(none.code, 2);
});

const latex = ["pdflatex", "lualatex"].filter((name) => spawnSync(name, ["--version"]).status === 0);

test("hostile texts and names go through LaTeX and come out as they are", {
  skip: latex.includes("pdflatex") ? false : "pdflatex is not installed",
}, async (t) => {
  const folder = emptyFolder(t);
  const scored = join(folder, "scored.jsonl");
  hostileFile(scored);
  for (const kind of ["estimates", "examples"]) {
    const done = await rate([
      "table",
      kind,
      scored,
      "--format",
      "latex",
      "--output",
      join(folder, `${kind}.tex`),
    ]);
    assert.equal(done.code, 0, done.stderr);
  }
  const preamble =
    "\\documentclass{article}\\usepackage[T1]{fontenc}\\usepackage{textcomp}\\usepackage{booktabs}";
  writeFileSync(
    join(folder, "paper.tex"),
    `${preamble}\\begin{document}\\noindent\\input{estimates}\n\n\\input{examples}\\end{document}\n`,
  );
  execFileSync("pdflatex", ["-halt-on-error", "-interaction=nonstopmode", "-no-shell-escape", "paper.tex"], {
    cwd: folder,
    encoding: "utf8",
  });
  const log = readFileSync(join(folder, "paper.log"), "utf8");
  assert.doesNotMatch(log, /Missing character|Undefined control sequence|passwd\)/);
});
