import assert from "node:assert/strict";
import { test } from "node:test";
import { SaxesParser } from "saxes";
import type { CheckResult, CheckRow } from "../../../src/reporting/tables/check.js";
import { checkMarkdown, junitXml } from "../../../src/reporting/tables/check-files.js";

const HOSTILE =
  "a|b\n<img src=x onerror=alert(1)>&amp;\"'`]]>**@team** [x](https://e.org) www.e.org \u0000\u001b[31m\u202e\ud800\uffff";

function row(change: Partial<CheckRow>): CheckRow {
  return {
    dataset: HOSTILE,
    concept: HOSTILE,
    reward_key: HOSTILE,
    against: null,
    estimator: "rate",
    estimand: "ate",
    unit: "sd",
    limit_low: -0.1,
    limit_high: 0.1,
    verdict: "pass",
    effect_verdict: "negligible",
    value: 0.01,
    stderr: 0.01,
    df: 99,
    ci_low: -0.01,
    ci_high: 0.03,
    ci_level: 0.9,
    p_value: 0.001,
    n: 100,
    examples_to_decide: null,
    power: 0.8,
    reason: null,
    warnings: [HOSTILE],
    file: HOSTILE,
    ...change,
  };
}

const result: CheckResult = {
  verdict: "fail",
  alpha: 0.01,
  looks: { planned: 5, look: null, alpha: 0.05 },
  checks: [
    row({}),
    row({ verdict: "fail", value: 0.5, ci_low: 0.4, ci_high: 0.6 }),
    row({ verdict: "undecided", value: 0.09, ci_high: 0.2, examples_to_decide: 1234 }),
  ],
};

test("JUnit: well-formed XML with the right counts, whatever the names are", () => {
  const xml = junitXml(result);
  const seen: string[] = [];
  const attributes: Record<string, string>[] = [];
  const parser = new SaxesParser();
  parser.on("error", (error) => {
    throw error;
  });
  parser.on("opentag", ({ name, attributes: found }) => {
    seen.push(name);
    attributes.push(found as Record<string, string>);
  });
  parser.write(xml).close();
  assert.deepEqual(seen, [
    "testsuites",
    "testsuite",
    ...["testcase", "system-out"],
    ...["testcase", "failure", "system-out"],
    ...["testcase", "error", "system-out"],
  ]);
  const { tests, failures, errors } = attributes[1]!;
  assert.deepEqual([tests, failures, errors], ["3", "1", "1"]);
  assert.match(attributes[8]!.message ?? "", /about 1,234 examples would decide with a chance of 80 %/);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this looks for
  assert.doesNotMatch(xml, /[\u0000-\u0008\u001b\u202e\ud800\uffff]/);
});

test("Markdown: one line a row, and nothing of a name has a meaning", () => {
  const text = checkMarkdown(result);
  const table = text.split("\n").filter((line) => line.startsWith("|"));
  assert.equal(table.length, 5);
  for (const line of table) assert.equal(line.split("|").length, 8, line);
  assert.match(text, /5 looks share α = 0\.05 evenly&#58; one-sided tests of size 0\.01/);
  assert.match(text, /\| ≈ negligible \|/);
  assert.doesNotMatch(text, /<img|\[x\]|@team|https:|www\.|\*\*|`/);
  assert.ok(text.startsWith("## rate check: ✗ fail\n"));
});
