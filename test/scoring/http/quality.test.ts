import assert from "node:assert/strict";
import { test } from "node:test";
import { openHttpModel, probeServers } from "../../../src/scoring/http/model.js";
import { BAD_ANSWERS, judgeQuality, QUALITY_PROBES } from "../../../src/scoring/http/quality.js";
import { rewardServer, type Speaks } from "../../support/reward-servers.js";
import { toyModel, toyWorld } from "./toy-model.js";

const rewards = (good: number, bad: (probe: number, kind: number) => number) =>
  QUALITY_PROBES.flatMap((_, probe) => [good, ...BAD_ANSWERS.map((_kind, kind) => bad(probe, kind))]);

test("good answers first passes; reversed and unrelated orders are warnings that say what was seen", () => {
  assert.deepEqual(
    judgeQuality(
      rewards(1, () => 0),
      BAD_ANSWERS,
    ),
    {
      verdict: "pass",
      detail: "a helpful answer beats gibberish 4 of 4, a refusal 4 of 4, an empty one 4 of 4",
    },
  );
  const reversed = judgeQuality(
    rewards(0, () => 1),
    BAD_ANSWERS,
  );
  assert.equal(reversed.verdict, "warning");
  assert.match(reversed.detail, /order of answers is reversed: .*gibberish 0 of 4/);
  const unrelated = judgeQuality(
    rewards(0, (probe) => (probe % 2 ? 1 : -1)),
    BAD_ANSWERS,
  );
  assert.match(unrelated.detail, /little to do with the quality of answers/);
  const ties = judgeQuality(
    rewards(0, () => 0),
    BAD_ANSWERS,
  );
  assert.match(ties.detail, /gibberish 2 of 4/);
});

for (const speaks of ["vllm", "sglang"] satisfies Speaks[]) {
  test(`the probe of ${speaks} warns of a model that does not judge answers, and the run goes on`, async (t) => {
    for (const [byLength, words] of [
      [(text: readonly unknown[]) => text.length, null],
      [(text: readonly unknown[]) => -text.length - 1, /quality: the order of answers is reversed/],
    ] as const) {
      const server = await rewardServer(t, speaks, { reward: byLength });
      const world = toyWorld();
      await openHttpModel(toyModel(speaks, [server], { judgesAnswers: true }), world);
      const warned = world.said.filter((line) => /quality/.test(line));
      if (words === null) assert.deepEqual(warned, []);
      else assert.match(warned.join("\n"), words);
    }
  });
}

test("a server that takes no empty text is asked without one", async (t) => {
  const server = await rewardServer(t, "vllm", { reward: (text) => text.length });
  server.upset = () =>
    (server.requests.at(-1)!.body.input as unknown[][]).some((ids) => ids.length === 0)
      ? { status: 422 }
      : null;
  const [report] = await probeServers(toyModel("vllm", [server], { judgesAnswers: true }), toyWorld());
  const found = report!.findings.find(({ check }) => check === "quality");
  assert.equal(found?.detail, "a helpful answer beats gibberish 4 of 4, a refusal 4 of 4");
});
