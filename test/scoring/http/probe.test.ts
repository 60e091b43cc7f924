import assert from "node:assert/strict";
import { test } from "node:test";
import { type HttpModel, openHttpModel, probeServers } from "../../../src/scoring/http/model.js";
import { type Fault, rewardServer, type Speaks } from "../../support/reward-servers.js";
import { toyModel, toyWorld } from "./toy-model.js";

const LABELS = ["BAD", "GOOD", "OTHER"];
const ignored = /use_activation true and false give the same numbers/;

/** Each fault, a server that has it, and what the probe must say. */
const FAULTS: readonly [Fault, Speaks, string, RegExp, { outputs?: number; model?: Partial<HttpModel> }?][] =
  [
    ["sigmoid", "sglang", "activation", /probably a sigmoid/],
    ["sigmoid", "reward-server", "activation", /probably a sigmoid/],
    ["softmax", "sglang", "activation", /every score is 1.0: a softmax over one output/],
    ["softmax", "tei", "activation", /add up to 1: a softmax/, { outputs: 2 }],
    ["ignored field", "vllm", "ignored_field", ignored],
    ["ignored field", "vllm-pooling", "ignored_field", ignored],
    ["sorted outputs", "vllm", "labels", /sorted by size instead of by label/, { outputs: 2 }],
    ["other labels", "tei", "answers", /its labels \(.*\) are not those/, { outputs: 3 }],
    ["cuts", "vllm", "truncation", /the server read \d+/],
    ["cuts", "tei", "truncation", /the server read \d+/],
    ["adds BOS", "sglang", "bos", /adds tokens, 1 to each text: it probably puts a second BOS/],
    ["adds BOS", "vllm", "bos", /adds tokens, 1 to each text/],
    ["reversed", "sglang", "order", /another order/],
    ["reversed", "tei", "order", /another order/],
    ["NaN", "reward-server", "answers", /not JSON/],
    ["null", "sglang", "answers", /expected number, received null/],
    ["fewer rows", "sglang", "answers", /12 texts were sent and 11 scores came back/],
    ["fewer rows", "vllm", "answers", /12 texts were sent and 11 scores came back/],
    ["twice", "vllm", "answers", /row 0 twice/],
    ["constant", "reward-server", "constant", /12 different texts have the reward 0.5/],
    ["noise", "vllm", "noise", /the same texts twice: scores differ/],
    ["batch", "sglang", "batch", /one text at a time and 12 together/],
  ];

for (const [fault, speaks, check, words, { outputs = 1, model = {} } = {}] of FAULTS) {
  test(`the probe stops a run on ${speaks} with ${fault}`, async (t) => {
    const server = await rewardServer(t, speaks, { fault, outputs });
    const target = toyModel(speaks, [server], model);
    const [report] = await probeServers(target, toyWorld());
    const stop = report!.findings.find((finding) => finding.check === check && finding.verdict === "stop");
    assert.match(stop?.detail ?? JSON.stringify(report!.findings), words);
    await assert.rejects(openHttpModel(target, toyWorld()), (error: Error) => {
      assert.match(error.message, new RegExp(`${server.url}: ${check}: `));
      assert.match(error.message, /--allow-probe/);
      return true;
    });
  });
}

for (const speaks of ["vllm", "vllm-pooling", "sglang", "tei", "reward-server"] as const) {
  test(`a sound ${speaks} server passes, with several outputs too`, async (t) => {
    for (const outputs of [1, 2, 3]) {
      const server = await rewardServer(t, speaks, { outputs });
      const model = outputs > 1 ? { labels: LABELS.slice(0, outputs) } : {};
      const [report] = await probeServers(toyModel(speaks, [server], model), toyWorld());
      assert.deepEqual(
        report!.findings.filter(({ verdict }) => verdict === "stop"),
        [],
      );
    }
  });
}

test("labels that are not the template's stop a run", async (t) => {
  const server = await rewardServer(t, "tei", { outputs: 2 });
  const target = toyModel("tei", [server], { labels: ["NEGATIVE", "POSITIVE"] });
  await assert.rejects(openHttpModel(target, toyWorld()), /BAD, GOOD; the recipe's are NEGATIVE, POSITIVE/);
});

test("what is allowed does not stop the run and is written down", async (t) => {
  const server = await rewardServer(t, "sglang", { fault: "sigmoid" });
  const model = await openHttpModel(toyModel("sglang", [server], { allow: ["activation"] }), toyWorld());
  const probe = model.facts.probe as {
    verdict: string;
    servers: { findings: { check: string; verdict: string }[] }[];
  };
  assert.equal(probe.verdict, "allowed");
  const found = probe.servers[0]!.findings.find(({ check }) => check === "activation");
  assert.equal(found!.verdict, "allowed");
});

test("servers of different models are not mixed", async (t) => {
  const servers = [await rewardServer(t, "vllm"), await rewardServer(t, "vllm", { fault: "other model" })];
  await assert.rejects(openHttpModel(toyModel("vllm", servers), toyWorld()), /agreement: .* scores differ/);
});

test("a server that takes shorter texts than the template is noted", async (t) => {
  const server = await rewardServer(t, "vllm");
  const target = toyModel("vllm", [server], { maxTokens: 4096 });
  const [report] = await probeServers(target, toyWorld());
  const found = report!.findings.find(({ check, verdict }) => check === "truncation" && verdict === "note");
  assert.match(found!.detail, /takes 1024 tokens at most, the recipe allows 4096/);
});

test("a server that gives every output the same label is noted, not stopped", async (t) => {
  const server = await rewardServer(t, "vllm", { fault: "one label", outputs: 3 });
  const [report] = await probeServers(toyModel("vllm", [server], { labels: LABELS }), toyWorld());
  assert.equal(report!.findings.find(({ check }) => check === "labels")?.verdict, "note");
  assert.ok(report!.findings.every(({ verdict }) => verdict !== "stop"));
});
