import assert from "node:assert/strict";
import { test } from "node:test";
import { judgedRow } from "../../../src/estimation/files/row-verdict.js";
import { effectsIn } from "../../support/effects.js";

test("rows of files without verdicts get those that their numbers give", () => {
  for (let seed = 0; seed < 60; seed += 1) {
    const size = ((seed % 7) - 3) / 8;
    const file = effectsIn({
      ...{ seed, treated: size, untreated: size },
      ...{ noise: 0.1 + (seed % 4) / 2, n: 6 + 2 * seed },
    });
    for (const row of file.estimates) {
      const without = { ...row, verdict: null, verdict_reason: null };
      assert.equal(judgedRow(without, file).verdict, row.verdict, `${seed} ${row.estimator} ${row.estimand}`);
      assert.equal(judgedRow(row, file), row);
    }
  }
});

test("a published file may not count its examples; one without a standard error shows nothing", () => {
  const file = effectsIn();
  const row = file.estimates.at(-1)!;
  const bare = { ...row, verdict: null, verdict_reason: null };
  assert.equal(judgedRow({ ...bare, n: 0 }, file).verdict, row.verdict);
  const nothing = { stderr: null, ci_low: null, ci_high: null };
  const judged = judgedRow(
    { ...bare, ...nothing, effect_size_ci_low: null, effect_size_ci_high: null },
    file,
  );
  assert.deepEqual([judged.verdict, judged.verdict_reason], ["unusable", "the file has no standard error"]);
  const missing = { ...file, without_rewards: { w_1: 1_000, w_0: 1_000 } };
  assert.match(judgedRow(bare, missing).verdict_reason!, /are missing/);
});
