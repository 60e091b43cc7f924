import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { emptyFolder, REPOSITORY } from "../support/folders.js";
import { rate } from "../support/program.js";

const MODEL = join(REPOSITORY, "assets", "models", "review-sentiment");

/** Reviews with an id, a topic, and a prompt that is missing in two rows. */
const reviews = Array.from({ length: 24 }, (_, index) => ({
  id: 9_007_199_254_740_993n + BigInt(index),
  ask: index % 12 === 5 ? null : `What about lamp ${index % 4}?`,
  text: `This lamp is ${index % 2 === 0 ? "good and I love it" : "bad, a waste of money"}.${" It stands on my desk.".repeat(index % 3)}`,
  w_original: index,
}));

const CONFIG = `
rewrites:
  dataset_name: mine
  data:
    file: reviews.jsonl
    columns: { response: text, prompt: ask }
  attribute: [sentiment, length]
scoring:
  model: [embedded, ./second.yaml]
effects:
  cluster_by: ask
`;

/** Effects by what they are about. */
function effectsIn(project: string): Record<string, { estimates: unknown }> {
  const names = readdirSync(join(project, "effects")).filter((name) => name.endsWith(".json"));
  return Object.fromEntries(
    names.map((name) => [
      name.replace(/_treatment_effects_.*/, ""),
      JSON.parse(readFileSync(join(project, "effects", name), "utf8")),
    ]),
  );
}

test("stage by stage and in one run, own data with two attributes and two models gives the same", async (t) => {
  const folder = emptyFolder(t);
  const row = ({ id, ...rest }: (typeof reviews)[number]) =>
    `{"id": ${id}, ${JSON.stringify(rest).slice(1)}\n`;
  writeFileSync(join(folder, "reviews.jsonl"), reviews.map(row).join(""));
  writeFileSync(join(folder, "config.yaml"), CONFIG);
  writeFileSync(join(folder, "second.yaml"), `model: ${MODEL}\ninput: pair\nreward_key: my/second\n`);
  const call = async (project: string, ...args: string[]) => {
    const done = await rate([...args, "--config", "config.yaml", "--project-dir", project], { cwd: folder });
    assert.equal(done.code, 0, done.stderr);
    return done;
  };
  const made = await call("stages", "create-dataset");
  assert.match(made.stderr, /mine_length: left out 2 rows without a prompt/);
  assert.match(made.stderr, /w_original as source_w_original/);
  await call("stages", "score");
  const shown = await call("stages", "effects");
  assert.equal(shown.stdout.match(/^From /gm)?.length, 4);
  await call("whole", "run");
  const [stages, whole] = [effectsIn(join(folder, "stages")), effectsIn(join(folder, "whole"))];
  const names = ["length", "sentiment"].flatMap((concept) =>
    ["embedded", "second"].map((score) => `mine_${concept}_${concept}_${score}`),
  );
  assert.deepEqual(Object.keys(stages).sort(), names.sort());
  assert.deepEqual(Object.keys(whole).sort(), names.sort());
  for (const name of names) assert.deepEqual(stages[name]!.estimates, whole[name]!.estimates, name);
  // Four prompts: the column's own name makes the clusters.
  const { clusters } = stages[names[0]!] as unknown as { clusters: number };
  assert.equal(clusters, 4);
  const scored = readdirSync(join(folder, "stages", "data", "scored")).find((name) =>
    name.startsWith("mine_length_second_scored"),
  )!;
  const [first] = readFileSync(join(folder, "stages", "data", "scored", scored), "utf8").split("\n");
  const { id, source_w_original, ask } = JSON.parse(first!);
  assert.deepEqual([id, source_w_original, ask], ["9007199254740993", 0, undefined]);
  const logs = readdirSync(join(folder, "stages", "logs")).map((name) => name.replace(/^\d+_\d+_/, ""));
  assert.deepEqual(logs.sort(), ["create-dataset.txt", "effects.txt", "score.txt"]);
  const records = readdirSync(join(folder, "stages", "runs")).filter((name) => name.endsWith(".json"));
  assert.equal(records.length, 3);
});
