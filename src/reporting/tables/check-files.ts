import { h } from "preact";
import { renderToString } from "preact-render-to-string";
import { escapeControls } from "../../domain/escape-controls.js";
import { checkSign, verdictSign } from "../html/verdicts.js";
import {
  type CheckResult,
  type CheckRow,
  checkName,
  estimateText,
  limitsText,
  looksText,
  verdictText,
} from "./check.js";

/**
 * The result as JUnit XML, which CI systems show as tests: outside the limits is a failure, undecided is an error (the test could not tell). Names and texts are
 * escaped, and what XML cannot hold is written out.
 */
export function junitXml(result: CheckResult): string {
  const count = (verdict: string) => result.checks.filter((row) => row.verdict === verdict).length;
  const totals = { tests: result.checks.length, failures: count("fail"), errors: count("undecided") };
  const suite = h("testsuite", { name: "rate check", ...totals, skipped: 0 }, result.checks.map(testCase));
  const root = h("testsuites", { name: "rate check", ...totals }, suite);
  // The renderer writes HTML, where this may stand in a text.
  const text = renderToString(root).replaceAll("]]>", "]]&gt;");
  return `<?xml version="1.0" encoding="UTF-8"?>\n${text}\n`;
}

function testCase(row: CheckRow) {
  const names = { classname: shown(row.dataset ?? row.file), name: shown(checkName(row)) };
  const message = shown(verdictText(row));
  const outcome =
    row.verdict === "fail"
      ? h("failure", { message, type: "outside-the-limits" }, message)
      : row.verdict === "undecided"
        ? h("error", { message, type: "undecided" }, message)
        : null;
  const notes = [message, ...row.warnings.map(shown)].join("\n");
  return h("testcase", { ...names, time: 0 }, outcome, h("system-out", null, notes));
}

/** The result as a Markdown table, for the summary of a CI job. Names and texts are escaped. */
export function checkMarkdown(result: CheckResult): string {
  const row = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  const lines = [
    `## rate check: ${checkSign(result.verdict)}`,
    "",
    row(["verdict", "attribute", "reward model", "limits", "estimate", "effect"]),
    row(["---", "---", "---", "---", "---", "---"]),
    ...result.checks.map((check) =>
      row([
        checkSign(check.verdict),
        markdown(check.concept ?? check.dataset ?? check.file),
        markdown(check.against ? `${check.reward_key} less ${check.against.reward_key}` : check.reward_key),
        markdown(limitsText(check)),
        markdown(estimateText(check)),
        verdictSign(check.effect_verdict),
      ]),
    ),
  ];
  const looks = looksText(result);
  const notes = result.checks.flatMap((check) => [
    ...(check.verdict === "pass" ? [] : [`${checkName(check)}: ${verdictText(check)}.`]),
    ...check.warnings.map((warning) => `${checkName(check)}: ${warning}.`),
  ]);
  if (looks !== null) notes.push(`${looks}.`);
  if (notes.length > 0) lines.push("", ...notes.map((note) => `- ${markdown(note)}`));
  return `${lines.join("\n")}\n`;
}

/** A text on one line of which XML can hold every character. */
function shown(text: string): string {
  return escapeControls(text.toWellFormed()).replace(/[\ufffe\uffff]/g, "\ufffd");
}

/** A text in which nothing has a meaning for Markdown, HTML, or those who turn names and addresses into links. */
function markdown(text: string): string {
  return shown(text)
    .replace(/[&<>"'`*_~[\]()\\|!#@:{}$^]/g, (character) => `&#${character.codePointAt(0)};`)
    .replace(/www\./gi, (start) => `${start.slice(0, 3)}&#46;`);
}
