import assert from "node:assert/strict";
import { test } from "node:test";
import { resultLines } from "../../../src/cli/terminal/result-lines.js";
import { comparisonText, resultsText, resultText, studyText } from "../../../src/cli/terminal/results.js";
import { tableText } from "../../../src/cli/terminal/terminal-table.js";
import { widthOf } from "../../../src/cli/terminal/terminal-width.js";
import type { EffectsFile } from "../../../src/estimation/files/effects-file.js";
import { effectsIn } from "../../support/effects.js";

const HOSTILE = `</b>"'\u001b[31m\u202e名前${"x".repeat(200)}`;

function study(results: readonly EffectsFile[]) {
  return { study: { rows: [], contrasts: [], pooled: [], shared_rows: [] }, human: [], results } as never;
}

test("every line of a result has 80 columns at most, whatever names and numbers are", () => {
  const sizes = [0, 1e-9, 0.003, 0.5, 40, 1e6];
  for (const [index, size] of sizes.entries())
    for (const name of ["m", "organisation/some-rather-long-model-name-8B-v0.2", HOSTILE]) {
      const effects = effectsIn({
        rewardKey: name,
        concept: name,
        treated: size,
        untreated: size,
        seed: index,
      });
      const [line] = resultText(effects).split("\n");
      assert.ok(widthOf(line!) <= 80, `${widthOf(line!)}: ${line}`);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this looks for
      assert.doesNotMatch(line!, /[\u0000-\u001f\u202e]/);
    }
});

test("a line has names, number, strip, interval and verdict", () => {
  const [line] = resultText(effectsIn()).split("\n");
  assert.match(line!, /^length {2}org\/model {2}\+0\.\d+ [│ ─●]{14} {2}\[0\.\d+, 0\.\d+\] {2}▲ pays$/);
  assert.equal(resultText(effectsIn(), { full: true }).split("\n")[0], line);
  const [useless] = resultText(effectsIn({ n: 5 })).split("\n");
  assert.match(useless!, /^length {2}org\/model {2}⊘ unusable: 5 examples are too few/);
  assert.match(resultText(effectsIn({ treated: 0.02, untreated: 0.02, noise: 0.01 })), /▲ pays little$/m);
  assert.match(resultText(effectsIn({ treated: 0.5, untreated: -0.5, n: 300 })), /arms oppose$/m);
});

test("the strip shows on which side of 0 an interval lies, on one scale for all lines", () => {
  const estimate = (value: number) => ({
    ...{ value, low: value - 0.05, high: value + 0.05, pValue: 0.01 },
    ...{ unit: "sd" as const, digits: 2 },
  });
  const lines = resultLines(
    [0.5, -0.5, 0.2].map((value) => ({ names: ["a"], estimate: estimate(value), end: "" })),
  );
  const places = lines.map((line) => [line.indexOf("│"), line.indexOf("●")] as const);
  assert.equal(new Set(places.map(([zero]) => zero)).size, 1);
  assert.ok(places[0]![1] > places[0]![0] && places[1]![1] < places[1]![0]);
  assert.ok(places[2]![1] > places[2]![0] && places[2]![1] < places[0]![1]);
});

test("24 results take at most 40 lines of 80 columns, with their warnings by kind", () => {
  const results = Array.from({ length: 24 }, (_, index) =>
    effectsIn({
      rewardKey: `organisation/model-${index}`,
      concept: ["length", "sentiment", "formality"][index % 3]!,
      seed: index,
      treated: (index - 12) / 20,
      untreated: (index - 12) / 20,
      n: index === 7 ? 4 : 60,
      warnings: Array.from({ length: index }, (_, kind) => `warning ${kind} of result ${index}`),
    }),
  );
  for (const text of [resultsText(results), studyText(study(results))]) {
    const lines = text.split("\n");
    assert.ok(lines.length <= 40, `${lines.length}`);
    for (const line of lines) assert.ok(widthOf(line) <= 80, line);
    for (const { reward_key } of results)
      assert.ok(
        lines.some((line) => line.includes(reward_key.replace("organisation/", ""))),
        reward_key,
      );
    assert.match(text, /^Warnings \(--full says more\):$/m);
    assert.match(text, /^- kind 0 \(23 of 24\)/m);
    assert.match(text, /^- and \d+ more kinds$/m);
  }
});

test("a comparison is signed as it was asked for, and names what it does not know", () => {
  const results = ["a", "b"].map((rewardKey) => effectsIn({ rewardKey }));
  const contrast = {
    ...{ dataset: "d", concept: "length", first: "a", second: "b", n: 100, only_first: 0, only_second: 3 },
    ...{ value: 0.1, standard_error: 0.02, low: 0.06, high: 0.14, p_value: 0.002 },
  };
  const both = {
    study: { rows: [], contrasts: [contrast], pooled: [], shared_rows: [] },
    human: [],
    results,
  } as never;
  assert.match(
    comparisonText(both, ["a", "b"]),
    /Differences in length on .*:\na less b {2}\+0\.10\d? .*\[0\.06\d?, 0\.14\d?\]/,
  );
  assert.match(comparisonText(both, ["b", "a"]), /^b less a {2}−0\.10\d? .*\[−0\.14\d?, −0\.06\d?\]/m);
  assert.match(
    comparisonText(both, ["a", "b"]),
    /p = 0\.0020, n = 100\nExamples that one of the two alone has/,
  );
  assert.throws(() => comparisonText(both, ["a", "c"]), /no result under c; reward keys: a, b/);
});

test("owners of models give way before names are cut, where names still differ without them", () => {
  const long = (name: string) => `organisation-with-a-long-name/reward-model-${name}`;
  const lines = resultsText([effectsIn({ rewardKey: long("a") }), effectsIn({ rewardKey: long("b") })]).split(
    "\n",
  );
  assert.match(lines[0]!, /^length {2}reward-model-a /);
  const twins = ["one/the-same-reward-model-name", "two/the-same-reward-model-name"].map((rewardKey) =>
    effectsIn({ rewardKey, concept: "a-rather-long-attribute" }),
  );
  assert.match(resultsText(twins).split("\n")[0]!, /one\//);
  const results = ["a", "b"].map((name) => effectsIn({ rewardKey: long(name) }));
  const contrast = {
    ...{
      dataset: "d",
      concept: "length",
      first: long("a"),
      second: long("b"),
      n: 100,
      only_first: 0,
      only_second: 0,
    },
    ...{ value: 0.1, standard_error: 0.02, low: 0.06, high: 0.14, p_value: 0.002 },
  };
  const both = {
    study: { rows: [], contrasts: [contrast], pooled: [], shared_rows: [] },
    human: [],
    results,
  } as never;
  assert.match(comparisonText(both, [long("a"), long("b")]), /reward-model-a less reward-/);
});

test("a table that is wider than the terminal becomes several, none of whose lines wraps", () => {
  const head = ["name", "one", "two", "three", "four", "five"];
  const rows = [1, 2, 3].map((row) => [
    `row ${row} ${"n".repeat(60)}`,
    ...head.slice(1).map((cell) => `${cell} ${row}`),
  ]);
  assert.equal(tableText(head, rows, { width: 1_000 }).split("\n").length, 7);
  for (const width of [40, 60, 80]) {
    const lines = tableText(head, rows, { width }).split("\n");
    for (const line of lines) assert.ok(widthOf(line) <= width, `${width}: ${line}`);
    for (const cell of rows.flatMap((row) => row.slice(1)))
      assert.ok(
        lines.some((line) => line.includes(` ${cell} `)),
        cell,
      );
  }
});
