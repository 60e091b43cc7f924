import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { emptyFolder } from "../support/folders.js";
import { rate } from "../support/program.js";
import { sharedData } from "../support/shared.js";

const RELEASED = [
  "Ray2333/GRM-gemma2-2B-rewardmodel-ft",
  "Ray2333/GRM-Llama3.2-3B-rewardmodel-ft",
  "Skywork/Skywork-Reward-Llama-3.1-8B-v0.2",
  "Skywork/Skywork-Reward-Gemma-2-27B-v0.2",
];

// Published with arXiv 2506.05339, in percent: people's skew, then the models' skew and disagreement, as released and after training.
for (const [attribute, people, skew, miscalibration, skewAfter, miscalibrationAfter] of [
  ["length", "33.707865", "60.112360", "42.134831", "44.943820", "38.764045"],
  ["structure", "89.473684", "89.473684", "12.631579", "79.473684", "17.368421"],
  ["sycophancy", "49.411765", "46.470588", "40.588235", "38.529412", "44.411765"],
] as const) {
  const data = sharedData(`bias_${attribute}_scored.jsonl`);
  test(`${attribute}: the published preferences of people and models come out to every printed digit`, {
    skip: data.skip,
  }, async () => {
    const percent = (value: number) => (100 * value).toFixed(6);
    for (const [suffix, expected] of [
      ["", [skew, miscalibration]],
      ["+CDA", [skewAfter, miscalibrationAfter]],
    ] as const) {
      const keys = RELEASED.map((key) => key + suffix);
      const done = await rate([
        "effects",
        "--dataset",
        data.path,
        "--reward-key",
        ...keys,
        "--human-key",
        "human_preference",
        "--json",
      ]);
      assert.equal(done.code, 0, done.stderr);
      const [means] = JSON.parse(done.stdout).human;
      assert.equal(percent(means.human_preference_rate), people);
      assert.deepEqual(
        [percent(means.mean_model_preference_rate), percent(means.mean_disagreement_rate)],
        expected,
      );
      assert.equal(means.reward_models, 4);
    }
  });
}

function scored(path: string, key: string, count: number, site?: (row: number) => string): void {
  const lines = Array.from({ length: count }, (_, i) => {
    const r = Math.sin(i * 12.9898) * 43758.5453;
    const noise = r - Math.floor(r);
    const treated = i % 2 === 0;
    const step = treated ? 0.5 : -0.5;
    return JSON.stringify({
      id: `e${i}`,
      w_original: treated,
      ...(site && { meta: { site: site(i) } }),
      [key]: {
        original: noise * 3 + step,
        rewrite: noise * 3,
        "rewritten rewrite": noise * 3 + step + Math.sin(i) / 5,
      },
    });
  });
  writeFileSync(path, lines.join("\n"));
}

test("bootstrap intervals: the same seed, the same file; subgroups are tested", async (t) => {
  const folder = emptyFolder(t);
  const path = join(folder, "scored.jsonl");
  scored(path, "m", 80, (row) => (row % 4 < 2 ? "a" : "b"));
  const call = (seed: string, output: string) =>
    rate([
      "effects",
      "--dataset",
      path,
      "--ci",
      "bca",
      "--bootstrap",
      "2000",
      "--seed",
      seed,
      "--by",
      "meta.site",
      "--output",
      join(folder, output),
    ]);
  assert.equal((await call("1", "a.json")).code, 0);
  await call("1", "b.json");
  await call("2", "c.json");
  const read = (name: string) => readFileSync(join(folder, name), "utf8");
  assert.equal(read("a.json"), read("b.json"));
  assert.notEqual(read("a.json"), read("c.json"));
  const effects = JSON.parse(read("a.json"));
  assert.deepEqual([effects.ci_method, effects.bootstrap], ["bca", { replicates: 2000, seed: 1 }]);
  assert.deepEqual(
    effects.subgroups.groups.map((group: { name: string }) => group.name),
    ["a", "b"],
  );
  assert.equal(effects.subgroups.heterogeneity.df_between, 1);
  const size = effects.estimates.find(
    (row: { estimator: string; estimand: string }) => row.estimator === "rate" && row.estimand === "ate",
  );
  assert.ok(size.effect_size_ci_low < size.effect_size && size.effect_size < size.effect_size_ci_high);
});

test("several data sets of one concept are pooled, with reward keys renamed", async (t) => {
  const folder = emptyFolder(t);
  const [first, second] = [join(folder, "imdb.jsonl"), join(folder, "eli5.jsonl")];
  scored(first, "org/m", 60);
  scored(second, "org/m-v1", 90);
  const call = [
    "effects",
    "--dataset",
    first,
    second,
    "--concept",
    "length",
    "--reward-key",
    "org/m",
    "--rename",
    "org/m-v1=org/m",
    "--json",
  ];
  const done = await rate(call);
  assert.equal(done.code, 0, done.stderr);
  const { study } = JSON.parse(done.stdout);
  assert.deepEqual(study.pooled[0].datasets, ["imdb", "eli5"]);
  assert.equal(study.pooled[0].n, 150);
  const wrong = await rate(["effects", "--dataset", first, second, "--reward-key", "org/none"]);
  assert.equal(wrong.code, 2);
  assert.match(wrong.stderr, /has none of the reward keys org\/none\n.*org\/m/);
});

test("power plans from a pilot and from an assumed spread", async (t) => {
  const path = join(emptyFolder(t), "pilot.jsonl");
  scored(path, "m", 100);
  const pilot = JSON.parse(
    (await rate(["power", "--dataset", path, "--standard-error", "0.01", "--json"])).stdout,
  );
  assert.ok(pilot.examples > 100 && pilot.standardError <= 0.01);
  const assumed = await rate([
    "power",
    "--sd",
    "0.5",
    "--standard-error",
    "0.01",
    "--prompt-price",
    "2",
    "--completion-price",
    "8",
    "--prompt-tokens",
    "400",
    "--completion-tokens",
    "300",
  ]);
  assert.match(assumed.stdout, /^2500 examples/);
  assert.match(assumed.stdout, /about 16\.00 in the currency/);
  const none = await rate(["power", "--sd", "0.5"]);
  assert.equal(none.code, 2);
  assert.match(none.stderr, /name one goal/);
});
