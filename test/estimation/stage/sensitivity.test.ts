import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { gaussian, randomStream, uniform } from "../../../src/estimation/numeric/random.js";
import { conclusion } from "../../../src/estimation/sensitivity/conclusion.js";
import { inferenceOf } from "../../../src/estimation/stage/choices.js";
import { estimate } from "../../../src/estimation/stage/effects.js";
import { emptyFolder } from "../../support/folders.js";
import { rate } from "../../support/program.js";

/** A world with a known effect: what a flip of length pays, what an exclamation mark that comes with it pays. */
function world(folder: string, n: number, { effect, side }: { effect: number; side: number }): string {
  const random = randomStream(12, 0);
  const words = (count: number) => Array.from({ length: count }, () => "word").join(" ");
  const lines = Array.from({ length: n }, (_, row) => {
    const treated = row % 2 === 0;
    const content = gaussian(random);
    const marks = uniform(random) < 0.5;
    const text = (long: boolean) => `${words(long ? 16 + (row % 9) : 8)}${long && marks ? "!" : "."}`;
    const reward = (long: boolean) =>
      content + (long ? effect + (marks ? side : 0) : 0) + 0.1 * gaussian(random);
    const worked = uniform(random) < 0.8;
    return JSON.stringify({
      id: `e${row}`,
      w_original: treated,
      reward_question: "Say something",
      completions: {
        original: `${words(treated ? 20 : 8)}.`,
        rewrite: text(!treated),
        "rewritten rewrite": text(treated),
      },
      w_rewrite: worked ? !treated : treated,
      w_rewritten_rewrite: treated,
      rewriter: row % 3 === 0 ? "one" : "two",
      rm: {
        original: reward(treated),
        rewrite: reward(!treated),
        "rewritten rewrite": reward(treated),
        "third rewrite": reward(!treated),
        counterfactual: row < 40 ? reward(!treated) : null,
      },
      judge: { original: reward(treated) / 2, rewrite: content, "rewritten rewrite": content },
    });
  });
  const path = join(folder, "scored.jsonl");
  writeFileSync(path, `${lines.join("\n")}\n`);
  return path;
}

const work = (scored: string, given: object = {}) => ({
  scored,
  rewardKey: "rm",
  dataset: null,
  concept: "length",
  score: null,
  inference: inferenceOf(given),
});

test("effects files say what bounds the effect, as far as the data allow", async (context) => {
  const path = world(emptyFolder(context), 300, { effect: 0.5, side: 0.4 });
  const { effects } = await estimate(work(path, { reference: "judge" }));
  const find = (name: string, of?: string) => {
    const row = effects.sensitivity.find(
      (entry) => entry.name === name && entry.estimand === "ate" && (of === undefined || entry.of === of),
    );
    assert.ok(row, `${name} is missing`);
    return row;
  };
  for (const name of [
    "per_achieved_flip",
    "equal_arms",
    "policy_weighted",
    "dose_slope",
    "dose_intercept",
    "off_target_balance",
    "off_target_adjusted",
    "three_pass",
    "rewriters",
    "gold_twins",
    "gold_bias",
    "reference",
    "tipping_point",
  ])
    assert.ok(find(name).assumes.length > 0, name);
  const main = effects.estimates.find((row) => row.estimator === "rate" && row.estimand === "ate")!;
  assert.ok(Math.abs(main.value! - 0.7) < 0.1, "the plain effect holds half of the side effect");
  assert.ok(Math.abs(find("off_target_adjusted").value! - 0.5) < 0.1, "adjusted for exclamation marks");
  assert.match(
    find("off_target_balance", "exclamation_marks").note!,
    /originals do not differ in exclamation marks/,
  );
  assert.equal(
    effects.sensitivity.filter(({ name, of }) => name === "off_target_balance" && of === "words").length,
    0,
  );
  assert.ok(Math.abs(find("per_achieved_flip").value! - main.value! / 0.8) < 0.1);
  assert.match(find("tipping_point").note!, /unmeasured one-sided change/);
  const said = conclusion(
    effects.sensitivity.map((row) => ({
      ...row,
      name: row.name as "tipping_point",
      low: row.ci_low,
      high: row.ci_high,
      effectSize: row.effect_size,
    })),
    "ate",
  );
  assert.match(
    said!,
    /^It would take .* worth 0\.\d\d sd to explain this away; the largest measured one is worth 0\.\d\d sd\.$/,
  );
  assert.ok(effects.preference_probability! > 0.5);
});

test("many examples are measured on request only, and nothing is where it is switched off", async (context) => {
  const path = world(emptyFolder(context), 1_100, { effect: 0.5, side: 0 });
  const names = async (sensitivity: "auto" | "all" | "off") =>
    new Set((await estimate(work(path, { sensitivity }))).effects.sensitivity.map(({ name }) => name));
  const [auto, all, off] = [await names("auto"), await names("all"), await names("off")];
  assert.ok(auto.has("tipping_point") && auto.has("equal_arms") && !auto.has("off_target_adjusted"));
  assert.ok(all.has("off_target_adjusted") && all.has("dose_slope"));
  assert.equal(off.size, 0);
});

test("a third pass and people's edits go from the configuration to the sensitivity, and nothing is asked twice", async (context) => {
  const folder = emptyFolder(context);
  const rows = Array.from({ length: 40 }, (_, row) => ({
    id: `r${row}`,
    text: row % 2 === 0 ? `It was a good film, number ${row}!` : `It was a bad film, number ${row}.`,
    edit:
      row < 12
        ? row % 2 === 0
          ? `It was a good film, number ${row}.`
          : `It was a bad film, number ${row}!`
        : "",
  }));
  writeFileSync(join(folder, "rows.jsonl"), rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
  writeFileSync(
    join(folder, "c.yaml"),
    `rewrites:
  dataset_name: films
  attribute: exclamation_marks
  third_pass: true
  data:
    file: rows.jsonl
    prompt: "Write a review: "
    columns: { response: text, counterfactual: edit, id: id }
scoring:
  model: embedded
`,
  );
  const first = await rate(["run", "--config", "c.yaml", "--json"], { cwd: folder });
  assert.equal(first.code, 0, first.stderr);
  const [result] = JSON.parse(first.stdout).results;
  const names = new Set(result.sensitivity.map(({ name }: { name: string }) => name));
  for (const name of ["three_pass", "three_pass_stability", "gold_twins", "gold_bias"])
    assert.ok(names.has(name), `${name} is missing`);
  const gold = result.sensitivity.find(
    ({ name, estimand }: { name: string; estimand: string }) => name === "gold_bias" && estimand === "ate",
  );
  assert.equal(gold.n, 12);
  const stability = result.sensitivity.find(({ name }: { name: string }) => name === "three_pass_stability");
  assert.equal(stability.value, 0, "the built-in rewriter gives the same text each time");
});
