import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { Ledger } from "../../../src/domain/ledger.js";
import type { RewardModel } from "../../../src/domain/reward-model.js";
import type { Context } from "../../../src/storage/project/context.js";
import { Project } from "../../../src/storage/project/project.js";
import { OpenModels, scoreWith } from "../../../src/study/study.js";
import { emptyFolder } from "../../support/folders.js";

/** A model whose reward is a function of the response; it counts what it is asked. */
function fakeModel(reward: (response: string) => number) {
  const asked: string[] = [];
  const model: RewardModel = {
    rewardKey: "org/fake",
    facts: {},
    async score(inputs) {
      return inputs.map(({ response }) => {
        asked.push(response);
        return { reward: reward(response), tokens: response.length, truncated: false };
      });
    },
    work: () => ({ tokens: 30, places: 40 }),
    dispose: async () => undefined,
  };
  return { model, asked };
}

/** Scores examples; gives back what was said and noted, and the lines of the scored file. */
async function score(t: TestContext, model: RewardModel, cwd = emptyFolder(t), length = 6) {
  const input = join(cwd, "in.jsonl");
  const examples = Array.from({ length }, (_, i) => ({
    id: `e${i}`,
    w_original: i % 2 === 0,
    reward_question: "q",
    completions: { original: `o${i}`, rewrite: `r${i}`, "rewritten rewrite": `rr${i}` },
  }));
  writeFileSync(input, examples.map((example) => JSON.stringify(example)).join("\n"));
  const said: string[] = [];
  const notes: (string | undefined)[] = [];
  const context: Context = {
    project: await Project.open(cwd, undefined),
    stamp: { timestamp: "20260101_120000", smokeTest: false },
    version: "0",
    environment: {},
    fetch,
    signal: new AbortController().signal,
    ledger: new Ledger(),
    progress: () => ({ advance: (_, note) => notes.push(note), end() {} }),
    confirm: async () => true,
    say: (line) => said.push(line),
  };
  const job = { name: "fake", description: "", rewardKey: model.rewardKey, open: async () => model };
  const models = new OpenModels(context);
  const path = await scoreWith({ dataset: "d", input, job, models, isCut: false }, context);
  const lines = readFileSync(path, "utf8").trim().split("\n");
  return { said, notes, lines: lines.map((line) => JSON.parse(line)), path };
}

test("a reward that is no number stops the run, names the example, and leaves no scores behind", async (t) => {
  const cwd = emptyFolder(t);
  for (const bad of [Number.NaN, Number.POSITIVE_INFINITY]) {
    const { model } = fakeModel((response) => (response === "rr4" ? bad : 1));
    await assert.rejects(
      score(t, model, cwd),
      new RegExp(`org/fake gave ${bad} for rewritten rewrite of example e4 \\(.*in\\.jsonl\\)`),
    );
    assert.ok(!existsSync(join(cwd, "data/scored/d_fake_scored_20260101_120000.jsonl")));
  }
});

test("a model that gives all texts the same reward is warned about", async (t) => {
  const { said } = await score(t, fakeModel(() => 1).model);
  assert.ok(
    said.some((line) =>
      line.includes("warning: org/fake gives every text the same reward, 1: is its output"),
    ),
    said.join("\n"),
  );
  const various = await score(t, fakeModel((response) => response.length).model);
  assert.ok(!various.said.some((line) => line.includes("warning")));
});

test("progress tells tokens per second, and the end what share of the batches was filled up", async (t) => {
  const { said, notes, lines } = await score(t, fakeModel((response) => response.length).model);
  assert.match(notes[0]!, /^\d+ tokens\/s$/);
  assert.ok(said.includes("d: 6 examples scored by org/fake, 25.0 % padding"), said.join("\n"));
  assert.deepEqual(lines[5]["org/fake"], { original: 2, rewrite: 2, "rewritten rewrite": 3 });
});

test("a model that scores elsewhere has its next texts before it is done with the last ones, one in this process has not", async (t) => {
  for (const elsewhere of [true, false]) {
    let underWay = 0;
    let most = 0;
    const { model } = fakeModel((response) => response.length);
    const slow: RewardModel = {
      ...model,
      elsewhere,
      async score(inputs) {
        underWay += 1;
        most = Math.max(most, underWay);
        await new Promise((next) => setTimeout(next, 5));
        underWay -= 1;
        return model.score(inputs);
      },
    };
    const { lines } = await score(t, slow, emptyFolder(t), 100);
    assert.equal(most, elsewhere ? 2 : 1);
    assert.deepEqual(
      lines.map(({ id }) => id),
      Array.from({ length: 100 }, (_, i) => `e${i}`),
    );
  }
});

test("when some texts fail, those that were under way beside them are kept", async (t) => {
  const cwd = emptyFolder(t);
  const { model, asked } = fakeModel((response) => response.length);
  let broken = true;
  let second: () => void;
  const secondIsDone = new Promise<void>((done) => {
    second = done;
  });
  const half: RewardModel = {
    ...model,
    elsewhere: true,
    async score(inputs) {
      if (!broken) return model.score(inputs);
      if (inputs[0]!.response !== "o0") {
        second();
        return model.score(inputs);
      }
      await secondIsDone;
      throw new Error("the first ones fail");
    },
  };
  await assert.rejects(score(t, half, cwd, 16), /the first ones fail/);
  const kept = new Set(asked.splice(0));
  assert.ok(kept.size > 0 && !kept.has("o0"));
  broken = false;
  const { lines } = await score(t, half, cwd, 16);
  assert.equal(lines.length, 16);
  assert.ok(asked.length > 0 && asked.every((response) => !kept.has(response)));
});
