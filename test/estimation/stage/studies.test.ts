import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { gaussian, randomStream } from "../../../src/estimation/numeric/random.js";
import { inferenceOf } from "../../../src/estimation/stage/choices.js";
import { studyOf } from "../../../src/estimation/stage/studies.js";
import { mainRow } from "../../../src/reporting/html/words.js";
import { emptyFolder } from "../../support/folders.js";

test("a study says of a result what the result says of itself, under every kind of interval", async (t) => {
  const path = join(emptyFolder(t), "s.jsonl");
  const random = randomStream(2, 2);
  const lines = Array.from({ length: 60 }, (_, index) => {
    const rewards = () => {
      const base = gaussian(random);
      return { original: base, rewrite: base - 0.2 + gaussian(random) ** 3 / 5, "rewritten rewrite": base };
    };
    return JSON.stringify({
      id: `${index}`,
      w_original: index % 3 > 0,
      c: index % 20,
      a: rewards(),
      b: rewards(),
    });
  });
  writeFileSync(path, lines.join("\n"));
  for (const options of [
    {},
    { ci: "normal" },
    { ci: "percentile", bootstrap: 500 },
    { ci: "bca", bootstrap: 500 },
    { stderr: "unpaired" },
    { cluster_by: "c" },
  ] as const) {
    const work = {
      scored: path,
      dataset: "d",
      concept: "length",
      score: null,
      inference: inferenceOf(options),
    };
    const { study, results } = await studyOf(
      [
        { ...work, rewardKey: "a" },
        { ...work, rewardKey: "b" },
      ],
      new Map(),
    );
    assert.equal(study.rows.length, 2);
    for (const [index, row] of study.rows.entries()) {
      const own = mainRow(results[index]!);
      for (const [together, alone] of [
        [row.value, own.effect_size],
        [row.low, own.effect_size_ci_low],
        [row.high, own.effect_size_ci_high],
        [row.p_value, own.effect_size_p_value],
      ])
        assert.ok(
          Math.abs(together! - alone!) < 1e-12,
          `${JSON.stringify(options)}: ${together} and ${alone}`,
        );
    }
  }
});
