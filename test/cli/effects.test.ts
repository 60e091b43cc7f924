import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { gaussian, randomStream } from "../../src/estimation/numeric/random.js";
import { emptyFolder } from "../support/folders.js";
import { rate } from "../support/program.js";

/** Scores of two models on the same texts. */
function scoredFile(path: string): void {
  const random = randomStream(9, 0);
  const lines = Array.from({ length: 120 }, (_, index) => {
    const w = index % 2 === 0;
    const base = gaussian(random);
    const rewards = (effect: number) => {
      const change = (w ? 1 : -1) * (effect + 0.4 * gaussian(random));
      return { original: base, rewrite: base - change, "rewritten rewrite": base };
    };
    return JSON.stringify({
      ...{ id: `r${index}`, w_original: w, reward_question: "q" },
      completions: { original: `o${index}`, rewrite: `r${index}`, "rewritten rewrite": `rr${index}` },
      ...{ "org/a": rewards(0.5), "org/b": rewards(0.2) },
    });
  });
  writeFileSync(path, `${lines.join("\n")}\n`);
}

test("a line a result; tables, comparisons and everything on request", async (t) => {
  const cwd = emptyFolder(t);
  scoredFile(join(cwd, "s.jsonl"));
  const call = (...args: string[]) =>
    rate(["effects", "--dataset", "s.jsonl", "--concept", "length", ...args], { cwd });

  const one = await call("--reward-key", "org/a");
  assert.match(one.stdout, /^length {2}org\/a {2}\+0\.\d+ .* ▲ pays\norg\/a pays for length: ATE \+0/);
  assert.doesNotMatch(one.stdout, /┌/);
  const full = await call("--reward-key", "org/a", "--full");
  assert.match(full.stdout, /│ RATE +│ +ATT │/);

  const both = await call("--compare", "org/b", "org/a", "--output", "study.json");
  assert.equal(both.code, 0, both.stderr);
  assert.match(both.stdout, /^length {2}org\/a .*\nlength {2}org\/b .*\n/);
  assert.match(
    both.stdout,
    /Differences in length on the same examples \(sd\):\norg\/b less org\/a {2}−0\.\d+ .* p [=<]/,
  );
  const { study, results } = JSON.parse(readFileSync(join(cwd, "study.json"), "utf8"));
  assert.equal(study.contrasts.length, 1);
  for (const { estimates, labels } of results) {
    assert.deepEqual(labels, { w_1: "longer", w_0: "shorter" });
    for (const row of estimates) assert.ok("verdict" in row && "verdict_reason" in row && row.df > 0);
  }
  const alone = await call("--reward-key", "all");
  assert.doesNotMatch(alone.stdout, /Differences/, "contrasts are printed on request");
  for (const [args, message] of [
    [["--compare", "org/a"], /--compare: expected two reward keys or more/],
    [["--compare", "org/a", "org/x"], /org\/x/],
    [["--negligible", "0"], /--negligible/],
  ] as const) {
    const wrong = await call(...args);
    assert.equal(wrong.code, 2, wrong.stderr);
    assert.match(wrong.stderr, message);
  }
});

test("what counts as negligible is said in the configuration or the call", async (t) => {
  const cwd = emptyFolder(t);
  scoredFile(join(cwd, "s.jsonl"));
  const call = async (...args: string[]) => {
    const { stdout } = await rate(["effects", "--dataset", "s.jsonl", "--reward-key", "org/b", ...args], {
      cwd,
    });
    return stdout;
  };
  assert.doesNotMatch(await call(), /by less than/);
  assert.match(await call("--negligible", "2"), /pays for the attribute, by less than 2 sd \(negligible\)/);
  writeFileSync(join(cwd, "config.yaml"), "effects: { negligible: 2 }\n");
  const { negligible } = JSON.parse(await call("--config", "config.yaml", "--json"));
  assert.equal(negligible, 2);
});
