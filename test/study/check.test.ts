import assert from "node:assert/strict";
import { test } from "node:test";
import type { LimitConfig } from "../../src/domain/config/schema.js";
import { levelsOfLooks } from "../../src/estimation/estimators/looks.js";
import type { EffectsFile } from "../../src/estimation/files/effects-file.js";
import { inferenceOf } from "../../src/estimation/stage/choices.js";
import { looksText, verdictText } from "../../src/reporting/tables/check.js";
import { type CheckOptions, checkLimits } from "../../src/study/check.js";
import { effectsIn, type World } from "../support/effects.js";

const OPTIONS: CheckOptions = {
  alpha: 0.05,
  power: 0.8,
  warnings: "note",
  inference: inferenceOf(undefined),
};

async function checked(
  effects: EffectsFile,
  limit: Partial<LimitConfig>,
  options: Partial<CheckOptions> = {},
) {
  const full = { estimator: "rate", unit: "sd", ...limit } as LimitConfig;
  const source = { kind: "effects", path: "effects.json", effects } as const;
  const result = await checkLimits(
    [{ limit: full, dataset: null, concept: "length", source, against: null }],
    { ...OPTIONS, ...options },
  );
  return { result, row: result.checks[0]!, said: verdictText(result.checks[0]!) };
}

/** No effect, known well: passes ±0.2 sd. */
const NOTHING: Partial<World> = { treated: 0, untreated: 0, noise: 0.1, n: 200 };

const shares = (succeeded: number, of: number) => ({ to_w_1: { succeeded, of }, to_w_0: { succeeded, of } });

test("without known flips, and with flips that worked, the gate decides by the interval", async () => {
  assert.equal((await checked(effectsIn(NOTHING), { within: 0.2 })).row.verdict, "pass");
  const good = {
    ...effectsIn(NOTHING),
    flips: { rewrite: shares(85, 100), rewritten_rewrite: shares(80, 100) },
  };
  assert.equal((await checked(good, { within: 0.2 })).row.verdict, "pass");
  assert.equal((await checked(effectsIn({ n: 200 }), { within: 0.05 })).row.verdict, "fail");
});

test("fewer than 80 % of the known flips leave it undecided, in either step, by the arms that the estimand is of", async () => {
  const effects = effectsIn(NOTHING);
  for (const flips of [
    { rewrite: shares(79, 100), rewritten_rewrite: shares(100, 100) },
    { rewrite: shares(100, 100), rewritten_rewrite: shares(79, 100) },
    { rewrite: shares(0, 3), rewritten_rewrite: shares(0, 0) },
  ]) {
    const { row, said } = await checked({ ...effects, flips }, { within: 0.2 });
    assert.equal(row.verdict, "undecided");
    assert.match(said, /undecided: only \d+ of \d+ rewrites.* have the attribute as asked/);
  }
  // Treated responses are rewritten to w = 0; those flips all work.
  const toZero = { to_w_1: { succeeded: 0, of: 100 }, to_w_0: { succeeded: 100, of: 100 } };
  const toOne = { to_w_1: { succeeded: 100, of: 100 }, to_w_0: { succeeded: 0, of: 100 } };
  const oneArm = { ...effects, flips: { rewrite: toZero, rewritten_rewrite: toOne } };
  assert.equal((await checked(oneArm, { within: 0.2, estimand: "att" })).row.verdict, "pass");
  assert.equal((await checked(oneArm, { within: 0.2, estimand: "atu" })).row.verdict, "undecided");
});

test("an unusable estimate, one without spread and texts that stay as they are leave it undecided", async () => {
  const few = await checked(effectsIn({ ...NOTHING, n: 8 }), { within: 5 });
  assert.deepEqual([few.row.verdict, few.row.effect_verdict], ["undecided", "unusable"]);
  assert.match(few.said, /^undecided: the estimate is unusable: 8 examples are too few/);
  for (const unit of ["sd", "reward"] as const) {
    const equal = await checked(effectsIn({ treated: 0.25, untreated: 0.25, noise: 0, n: 60 }), {
      within: 3,
      unit,
    });
    assert.equal(equal.row.verdict, "undecided", unit);
    assert.match(equal.said, /a standard error of 0 shows nothing/);
  }
  const same = {
    name: "identical_texts",
    value: 0.3,
    threshold: 0.05,
    warns: true,
    sentence: "30 % are the same",
  };
  const identical = await checked({ ...effectsIn(NOTHING), diagnostics: [same] }, { within: 0.2 });
  assert.equal(identical.row.verdict, "undecided");
  assert.match(identical.said, /30 % are the same/);
  const little = await checked(
    { ...effectsIn(NOTHING), diagnostics: [{ ...same, value: 0.1 }] },
    { within: 0.2 },
  );
  assert.equal(little.row.verdict, "pass");
});

test("arms that cancel leave a pass undecided, unless the limit names the ATE", async () => {
  const effects = effectsIn({ treated: 0.5, untreated: -0.5, noise: 0.2, n: 400 });
  const open = await checked(effects, { within: 0.2 });
  assert.equal(open.row.verdict, "undecided");
  assert.match(
    open.said,
    /the arms have opposite signs and cancel: ATT \+.* among “longer”, ATU −.* among “shorter”/,
  );
  assert.equal((await checked(effects, { within: 0.2, estimand: "ate" })).row.verdict, "pass");
  assert.equal((await checked(effectsIn({ ...NOTHING, n: 400 }), { within: 0.2 })).row.verdict, "pass");
});

test("the test has the row's own degrees of freedom", async () => {
  const effects = effectsIn({ ...NOTHING, n: 60 });
  const narrow = await checked(effects, { within: 0.2 });
  assert.equal(narrow.row.df, 59);
  const estimates = effects.estimates.map((row) => ({ ...row, df: 2 }));
  const wide = await checked({ ...effects, estimates }, { within: 0.2 });
  const reach = ({ row }: typeof narrow) => row.ci_high! - row.value!;
  // t(0.95, 2)/t(0.95, 59) = 2.919986/1.671093 by published tables.
  assert.ok(Math.abs(reach(wide) / reach(narrow) - 2.919986 / 1.671093) < 1e-5);
});

test("looks share α: by their number as it is spent, else evenly", async () => {
  const effects = effectsIn({ ...NOTHING, noise: 0.8 });
  const one = await checked(effects, { within: 0.2 });
  const last = await checked(effects, { within: 0.2 }, { looks: 5, look: 5 });
  const even = await checked(effects, { within: 0.2 }, { looks: 5 });
  const first = await checked(effects, { within: 0.2 }, { looks: 5, look: 1 });
  const widths = [one, last, even, first].map(({ row }) => row.ci_high! - row.ci_low!);
  assert.deepEqual(
    [...widths].sort((a, b) => a - b),
    widths,
  );
  assert.equal(last.result.alpha, levelsOfLooks(0.05, 5)[4]);
  assert.equal(even.result.alpha, 0.01);
  assert.equal(one.result.looks, null);
  assert.match(
    looksText(last.result)!,
    /^look 5 of 5, which share α = 0\.05: one-sided tests of size 0\.0\d+$/,
  );
  await assert.rejects(
    checked(effects, { within: 0.2 }, { looks: 5, look: 6 }),
    /look 6 is beyond the 5 planned/,
  );
});
