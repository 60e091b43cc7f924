import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { groupWarnings, titleOf } from "../../../src/reporting/html/warning-titles.js";
import { effectsIn } from "../../support/effects.js";
import { REPOSITORY } from "../../support/folders.js";

test("every check there is has a title in words", () => {
  const folder = join(REPOSITORY, "src", "estimation", "diagnostics");
  const names = readdirSync(folder).flatMap((file) =>
    [...readFileSync(join(folder, file), "utf8").matchAll(/name: ["`]([a-z][a-z0-9_]+)/g)].map(
      (found) => found[1]!,
    ),
  );
  assert.ok(names.length > 10);
  for (const name of names) assert.notEqual(titleOf(name), name.replaceAll("_", " "), name);
});

test("warnings of several results are told by kind, the most frequent first, and unknown ones by their own words", () => {
  const check = (name: string, sentence: string) => ({ name, sentence, value: 1, threshold: 0, warns: true });
  const withChecks = (...checks: ReturnType<typeof check>[]) => ({
    ...effectsIn(),
    diagnostics: checks,
    warnings: checks.map(({ sentence }) => sentence),
  });
  const results = [
    withChecks(check("tie_rate", "20 % ties")),
    withChecks(check("tie_rate", "30 % ties"), check("flips_rewrite", "half failed")),
    { ...effectsIn(), warnings: ["something else"] },
  ];
  assert.deepEqual(
    groupWarnings(results).map(({ title, results: own }) => [title, own.length]),
    [
      ["many ties", 2],
      ["failed flips", 1],
      ["something else", 1],
    ],
  );
});
