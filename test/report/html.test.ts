import assert from "node:assert/strict";
import { test } from "node:test";
import { effectsFile } from "../../src/estimators/effects-file.js";
import { estimateEffects } from "../../src/estimators/estimate-effects.js";
import { renderSvg } from "../../src/rendering/svg.js";
import { estimatesFigure } from "../../src/report/figure.js";
import { reportHtml } from "../../src/report/html.js";
import { answer, interval, signed } from "../../src/report/words.js";

const HOSTILE = `<img src=x onerror=alert(1)>"'&</style><script>alert(2)</script>\u202e`;

function effectsOf(concept: string, rewards = [1, 2, 3, 4]) {
  const table = {
    treated: Uint8Array.of(1, 1, 0, 0),
    original: Float64Array.from(rewards),
    rewrite: Float64Array.of(0, 0.5, 5, 5.5),
    rewriteOfRewrite: Float64Array.of(1, 2, 3, 4),
    clusters: null,
  };
  return effectsFile(
    estimateEffects(table),
    { dataset_name: concept, concept, score: "s", reward_key: HOSTILE, dataset_filename: "f.jsonl" },
    {
      standardError: "paired",
      intervalMethod: "normal",
      level: 0.95,
      clusterBy: null,
      withoutRewards: { treated: 0, untreated: 0 },
      flips: null,
      bootstrap: null,
      preferences: { preference_rate: null, tie_rate: null },
      human: null,
      subgroups: null,
      diagnostics: [],
      warnings: [HOSTILE],
    },
  );
}

test("hostile text is shown, never obeyed", async () => {
  const effects = effectsOf(HOSTILE);
  const view = {
    id: HOSTILE,
    treated: true,
    prompt: HOSTILE,
    texts: { original: HOSTILE, rewrite: `${HOSTILE} more`, rewriteOfRewrite: "none" },
    rewards: { original: null, rewrite: 1, rewriteOfRewrite: 2 },
    why: "test",
  };
  const svg = await renderSvg(estimatesFigure([effects])!, { fonts: false });
  const html = reportHtml(
    { title: HOSTILE, timestamp: "t", version: "v", results: [{ effects, examples: [view] }], truth: null },
    { estimates: svg, truth: null },
  );
  assert.doesNotMatch(html, /<script|<img|<\/style>.*<\/style>/s);
  assert.ok(html.includes("&lt;img src=x onerror=alert(1)>"));
});

test("answers in words", () => {
  const effects = { ...effectsOf("length"), reward_key: "org/model" };
  assert.match(
    answer(effects),
    /^org\/model pays for length: \+2\.12 sd, 95 % CI 1\.56 to 2\.69; the naive comparison would have said −2\.83\.$/,
  );
  const without = {
    ...effectsOf("length", [Number.NaN, Number.NaN, Number.NaN, Number.NaN]),
    reward_key: "m",
  };
  assert.match(
    answer(without),
    /\(no naive comparison: no original has a reward; the naive comparison needs both arms\)\.$/,
  );
});

test("numbers as people read them", () => {
  assert.deepEqual(
    [signed(-0.001), signed(0.126), signed(-2), signed(null)],
    ["0.00", "+0.13", "−2.00", "–"],
  );
  assert.equal(interval(-1, 0.5), "−1.00 to 0.50");
});
