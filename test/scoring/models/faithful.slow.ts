import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { type TestContext, test } from "node:test";
import { type Recipe, type RecipeFields, recipeOf } from "../../../src/domain/recipe.js";
import type { RewardModel } from "../../../src/domain/reward-model.js";
import { openEncoder } from "../../../src/scoring/in-process/encoder.js";
import { openModelFiles } from "../../../src/scoring/in-process/model-files.js";
import { openOnnxModel } from "../../../src/scoring/in-process/onnx.js";
import { openServedModel } from "../../../src/scoring/served.js";
import { REPOSITORY } from "../../support/folders.js";
import { world } from "../../support/hub.js";

// Token ids and scores of this program beside those of `transformers`, one text at a time, for small models with random weights.
// `make test-models` makes the models and sets these.
const FOLDER = process.env.TINY_MODELS ?? "";
const PYTHON = process.env.TINY_MODELS_PYTHON ?? "python3";
const TOLERANCE = 1e-4;
/** Of half precision, with 11 bits. */
const HALF_TOLERANCE = 2e-3;

/** What `transformers` says of a text; see scripts/tiny-models/make.py. */
interface Case {
  readonly name: string;
  readonly plain: string;
  readonly response: string;
  readonly limit: number;
  readonly side: "right" | "left";
  readonly ids: readonly number[];
  readonly outputs: readonly number[];
}

const MODELS: Record<string, Partial<RecipeFields> & Pick<RecipeFields, "input">> = {
  distilbert: { input: "response", output: { field: "logits", value: "POSITIVE" } },
  bert: { input: "pair" },
  deberta: { input: "pair" },
  llama: { input: "chat" },
  qwen: { input: "chat" },
  gated: { input: "chat", output: { field: "score", value: 0 }, trustRemoteCode: true },
};

/** The cases of a model, by the template that they are called with. */
function casesOf(name: string): { template: Recipe; cases: Case[] }[] {
  const model = join(FOLDER, name);
  const all: Case[] = JSON.parse(readFileSync(join(model, "reference.json"), "utf8"));
  const kinds = new Map<string, Case[]>();
  for (const each of all) {
    const key = `${each.side} ${each.limit}`;
    kinds.set(key, [...(kinds.get(key) ?? []), each]);
  }
  return [...kinds.values()].map((cases) => ({
    template: recipeOf({
      name,
      model,
      ...MODELS[name]!,
      maxTokens: cases[0]!.limit,
      truncation: cases[0]!.side,
    }),
    cases,
  }));
}

async function compareScores(
  t: TestContext,
  name: string,
  open: (template: Recipe) => Promise<RewardModel>,
  tolerance = TOLERANCE,
) {
  let largest = 0;
  const rewards: number[] = [];
  for (const { template, cases } of casesOf(name)) {
    const { value } = template.output;
    const model = await open(template);
    const scores = await model.score(cases.map(({ plain, response }) => ({ prompt: plain, response })));
    await model.dispose();
    for (const [index, { reward, tokens }] of scores.entries()) {
      const { outputs, ids } = cases[index]!;
      largest = Math.max(largest, Math.abs(reward - outputs[value === "POSITIVE" ? 1 : 0]!));
      assert.equal(tokens, ids.length);
      rewards.push(reward);
    }
  }
  const spread = Math.max(...rewards) - Math.min(...rewards);
  t.diagnostic(
    `${name}: ${rewards.length} texts, largest difference ${largest.toExponential(1)}, scores spread over ${spread.toFixed(2)}`,
  );
  assert.ok(largest < tolerance, `${name}: differs by ${largest}`);
  assert.ok(spread > 100 * tolerance, `${name}: the scores hardly differ, so they prove nothing`);
}

for (const name of Object.keys(MODELS)) {
  test(`${name}: token ids are those of transformers`, async () => {
    for (const { template, cases } of casesOf(name)) {
      const encoder = await openEncoder(template, await openModelFiles(template, world));
      for (const { name: which, plain, response, ids } of cases) {
        const encoded = encoder.encode({ prompt: plain, response });
        assert.deepEqual(encoded.ids, ids, `${which}, ${template.truncation}`);
        assert.equal(encoded.bosCount, name === "qwen" ? 0 : 1);
        assert.equal(encoded.truncated, which === "too long");
      }
    }
  });

  if (name !== "gated") {
    test(`${name}: scores in process are those of transformers`, (t) =>
      compareScores(t, name, (template) => openOnnxModel(template, world)));
  }

  if (name === "distilbert") {
    test(`${name}: scores of an fp16 file are nearly those of transformers`, (t) =>
      compareScores(
        t,
        name,
        (template) => openOnnxModel({ ...template, weights: "fp16" }, world),
        HALF_TOLERANCE,
      ));
  }

  test(`${name}: scores of the reward server are those of transformers`, async (t) => {
    const { output } = recipeOf({ name, model: "", ...MODELS[name]! });
    const url = await startServer(t, name, output.field);
    const serving = { endpoints: [url], allow: ["truncation", "activation"] as const };
    const signal = new AbortController().signal;
    await compareScores(t, name, (template) =>
      openServedModel(template, "reward-server", serving, { ...world, signal }),
    );
  });
}

async function startServer(t: TestContext, name: string, output: string): Promise<string> {
  const script = join(REPOSITORY, "reward-server", "reward_server.py");
  const flags = ["--output", output, "--trust-remote-code", "--port", "0", "--device", "cpu"];
  const server = spawn(PYTHON, [script, "--model", join(FOLDER, name), ...flags], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  t.after(() => server.kill());
  let url = "";
  for await (const line of createInterface({ input: server.stdout })) {
    url = `http://127.0.0.1:${JSON.parse(line).port}`;
    break;
  }
  for (let tries = 0; tries < 600; tries += 1) {
    const health = await fetch(`${url}/health`).then((answer) => answer.json());
    if (health.status === "ready") return url;
    assert.notEqual(health.status, "failed", health.error);
    await new Promise((next) => setTimeout(next, 200));
  }
  throw new Error("the reward server does not get ready");
}
