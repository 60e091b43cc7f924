import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { estimateEffects } from "../../../src/estimation/estimators/estimate-effects.js";
import { effectsFile } from "../../../src/estimation/files/effects-file.js";
import { reportHtml } from "../../../src/reporting/html/html.js";
import { meaningOf } from "../../../src/reporting/html/meanings.js";
import type { ExampleView, ReportView } from "../../../src/reporting/html/model.js";
import { interval, signed } from "../../../src/reporting/html/words.js";
import { REPOSITORY } from "../../support/folders.js";

const HOSTILE = `<img src=x onerror=alert(1)>"'&</style><script>alert(2)</script>\u202e\u001b[31m`;

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
    {
      dataset_name: concept,
      concept,
      score: "s",
      labels: null,
      reward_key: HOSTILE,
      dataset_filename: "f.jsonl",
      dataset_folder: null,
    },
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
      sensitivity: [],
      preferenceProbability: null,
    },
  );
}

function reportOf(text: string): ReportView {
  const effects = effectsOf(text);
  const excerpt = (of: string) => ({ text: of, from: 0, of: of.length });
  const example: ExampleView = {
    id: text,
    treated: true,
    kinds: ["typical"],
    prompt: excerpt(text),
    texts: { original: excerpt(text), rewrite: excerpt(`${text} more`), rewriteOfRewrite: null },
    rewards: [{ rewardKey: text, original: null, rewrite: 1, rewriteOfRewrite: 2, difference: 1 }],
    failure: text,
  };
  return {
    title: text,
    timestamp: null,
    version: "1",
    command: text,
    results: [{ effects, differences: null, densities: [] }],
    datasets: [
      {
        name: text,
        concept: text,
        filename: text,
        counts: { treated: 1, untreated: 1 },
        failures: [{ reason: text, treated: 1, untreated: 0 }],
        examples: [example],
        origin: {
          rewriting: { facts: { [text]: text }, prompt: text, template: text },
          scoring: [{ reward_key: text }],
          run: { command: text, directory: text, version: text },
        },
      },
    ],
    study: null,
    human: [],
    truth: { title: text, explanation: text, rows: [{ name: text, value: 1, low: 0, high: 2, note: text }] },
  };
}

test("hostile text is shown, never obeyed", async () => {
  const html = await reportHtml(reportOf(HOSTILE));
  assert.equal(html.match(/<script/g)?.length, 1, "the page's own script");
  assert.equal(html.match(/<style/g)?.length, 1);
  assert.doesNotMatch(html, /<img/);
  assert.ok(html.includes("&lt;img src=x onerror=alert(1)>"));
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this looks for
  assert.doesNotMatch(html, /\u202e|\u001b/u);
  const script = /<script>(.*)<\/script>/s.exec(html)![1]!;
  const hash = createHash("sha256").update(script).digest("base64");
  assert.ok(
    html.includes(`script-src &#39;sha256-${hash}&#39;;`) || html.includes(`script-src 'sha256-${hash}';`),
  );
  assert.doesNotMatch(
    script,
    /innerHTML|insertAdjacent|outerHTML|document\.write|eval|Function\(|fetch|XMLHttp/,
  );
});

test("every check there is has a meaning for the answer", () => {
  const sources = ["data", "rewriter"].map((name) =>
    readFileSync(join(REPOSITORY, "src", "estimation", "diagnostics", `${name}.ts`), "utf8"),
  );
  const names = sources.flatMap((source) =>
    [...source.matchAll(/name: ["`]([a-z][a-z0-9_]+)/g)].map((found) => found[1]!),
  );
  assert.ok(names.length > 10);
  for (const name of names)
    assert.ok(meaningOf(name) ?? meaningOf(`${name}w_1`), `meanings.ts does not know ${name}`);
});

test("numbers as people read them", () => {
  assert.deepEqual(
    [signed(-0.001), signed(0.126), signed(-2), signed(null)],
    ["0.00", "+0.13", "−2.00", "–"],
  );
  assert.equal(interval(-1, 0.5), "−1.00 to 0.50");
});
