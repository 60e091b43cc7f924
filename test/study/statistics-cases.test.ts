import assert from "node:assert/strict";
import { test } from "node:test";
import type { EffectsConfig, LimitConfig } from "../../src/domain/config/schema.js";
import type { EffectVerdict } from "../../src/domain/effect.js";
import { inferenceOf } from "../../src/estimation/stage/choices.js";
import { estimate } from "../../src/estimation/stage/effects.js";
import { answer } from "../../src/reporting/html/answers.js";
import { mainRow } from "../../src/reporting/html/words.js";
import { verdictText } from "../../src/reporting/tables/check.js";
import { checkLimits } from "../../src/study/check.js";
import { sharedCase } from "../support/shared.js";

const LABELS = { w_1: "longer", w_0: "shorter" };

/** What `rate effects` says: the state, and what the sentence holds. */
const SAID: readonly [file: string, options: Partial<EffectsConfig>, verdict: EffectVerdict, said: RegExp][] =
  [
    ["f01_one_cluster", { ci: "percentile", cluster_by: "c" }, "unusable", /one cluster/],
    ["f01_one_cluster", { ci: "bca", cluster_by: "c" }, "unusable", /one cluster/],
    ["f01_one_cluster", { ci: "t", cluster_by: "c" }, "unusable", /one cluster/],
    [
      "f10_unpaired",
      { stderr: "unpaired" },
      "undecided",
      /undecided: ATE \+0\.09 sd \(95 % CI −0\.18 to 0\.37, p = 0\.5/,
    ],
    ["f11_sentence_against_ci", {}, "undecided", /undecided: ATE −0\.17 sd \(95 % CI −0\.39 to 0\.04/],
    ["f17_rewriter_does_nothing", {}, "unusable", /same text/],
    ["f21_att_only", {}, "pays", /among responses that are “longer”: ATT/],
    ["f22_tiny", {}, "pays", /negligible.*CI 0\.0027 to 0\.0031|negligible.*CI 0\.00268 to 0\.00313/],
    ["d06_minus_zero", {}, "penalizes", /negligible.*CI −0\.0057 to −0\.0033/],
    [
      "f24_arms_cancel",
      {},
      "negligible",
      /cancel: ATT \+0\.\d+ sd among “longer”, ATU −0\.\d+ sd among “shorter”/,
    ],
    ["f25_all_first_flips_failed", {}, "unusable", /0 of 100 pairs/],
    ["d05_constant", {}, "unusable", /all rewards are equal/],
    ["d07_grid", {}, "pays", /pays for length/],
    ["d10_two_rows_no_original", {}, "unusable", /2 examples are too few/],
    ["d11_one_row", {}, "unusable", /one example/],
  ];

for (const [name, options, verdict, said] of SAID) {
  const { path, skip } = sharedCase(`statistics/${name}.jsonl`);
  test(`${name} ${JSON.stringify(options)} is ${verdict}`, { skip }, async () => {
    const names = { dataset: null, concept: "length", score: null, labels: LABELS };
    const { effects } = await estimate({
      scored: path,
      rewardKey: "m",
      ...names,
      inference: inferenceOf(options),
    });
    assert.equal(mainRow(effects).verdict, verdict);
    assert.match(answer(effects), said);
    if (verdict !== "pays" && verdict !== "penalizes") assert.doesNotMatch(answer(effects), /pays|penalizes/);
    if (verdict === "unusable") assert.doesNotMatch(answer(effects), /effect|CI/);
    assert.doesNotMatch(answer(effects), /0\.00 to 0\.00/);
  });
}

type Limit = Partial<LimitConfig>;
/** What `rate check` says. All of them passed or failed once, on nothing. */
const CHECKED: readonly [file: string, limit: Limit, cluster: string | null, verdict: string, why: RegExp][] =
  [
    ["f01_one_treated", { estimator: "naive", low: 1.1 }, null, "undecided", /one example/],
    [
      "f09_att_three_of_60_clusters",
      { estimand: "att", unit: "reward", within: 0.05 },
      "c",
      "undecided",
      /./,
    ],
    [
      "f09_naive_two_treated",
      { estimator: "naive", unit: "reward", within: 0.06 },
      null,
      "undecided",
      /−0\.031 to 0\.073/,
    ],
    ["f16_two_equal_differences", { unit: "reward", within: 0.3 }, null, "undecided", /too few/],
    ["f16_three_equal_differences", { unit: "reward", within: 0.3 }, null, "undecided", /too few/],
    ["f17_rewriter_does_nothing", { within: 0.1 }, null, "undecided", /same text/],
    ["f24_arms_cancel", { within: 0.1 }, null, "undecided", /cancel: ATT \+0\.\d+ sd among “longer”, ATU −0/],
    ["f24_arms_cancel", { within: 0.1, estimand: "ate" }, null, "pass", /inside/],
    ["f25_all_first_flips_failed", { within: 0.2 }, null, "undecided", /0 of 100/],
    ["f27_one_treated_cluster", { estimand: "att", within: 0.2 }, "c", "undecided", /one cluster/],
    [
      "f27_one_treated_cluster",
      { estimand: "att", within: 0.2, unit: "reward" },
      "c",
      "undecided",
      /one cluster/,
    ],
  ];

for (const [name, limit, cluster, verdict, why] of CHECKED) {
  const { path, skip } = sharedCase(`statistics/${name}.jsonl`);
  test(`the gate on ${name} ${JSON.stringify(limit)} is ${verdict}`, { skip }, async () => {
    const full = { estimator: "rate", unit: "sd", ...limit } as LimitConfig;
    const source = { kind: "scored", path, rewardKey: "m" } as const;
    const inference = inferenceOf(cluster === null ? undefined : { cluster_by: cluster });
    const result = await checkLimits(
      [{ limit: full, dataset: null, concept: "length", source, against: null }],
      {
        ...{ alpha: 0.05, power: 0.8, warnings: "note", inference },
      },
    );
    assert.equal(result.verdict, verdict);
    assert.match(verdictText(result.checks[0]!), why);
  });
}
