import assert from "node:assert/strict";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { rewritesOf } from "../support/examples.js";
import { emptyFolder } from "../support/folders.js";
import { rate } from "../support/program.js";

const CONFIG = "scoring:\n  model: embedded\n  dataset_name: films\n";

async function projectWith(folder: string, count: number): Promise<string> {
  const { mkdir } = await import("node:fs/promises");
  await mkdir(join(folder, "data", "rewrites"), { recursive: true });
  const path = join(folder, "data", "rewrites", "films_dataset_20240101_120000.json");
  await writeFile(path, JSON.stringify(rewritesOf(count)));
  await writeFile(join(folder, "config.yaml"), CONFIG);
  return path;
}

test("shards scored at once, one of them killed, are combined to what one process makes", async (t) => {
  const folder = emptyFolder(t);
  await projectWith(folder, 50);
  const at = { cwd: folder };
  const shard = (k: number, killAfter?: number) =>
    rate(["score", "--config", "config.yaml", "--shard", `${k}/3`], {
      ...at,
      ...(killAfter && { killAfter }),
    });
  const early = await rate(["combine", "--config", "config.yaml", "--shards", "3"], at);
  assert.equal(early.code, 1);
  assert.match(early.stderr, /holds no shard of 3 of films scored by embedded/);
  await Promise.all([shard(1), shard(2, 250), shard(3)]);
  const again = await shard(2);
  assert.equal(again.code, 0, again.stderr);

  const records = (await readdir(join(folder, "runs"))).filter((name) => name.endsWith(".json"));
  assert.equal(records.length, 1, "all shards are one run");
  const record = JSON.parse(await readFile(join(folder, "runs", records[0]!), "utf8"));
  assert.deepEqual([record.status, record.shards], ["finished", { count: 3, finished: [1, 2, 3] }]);
  assert.equal(record.outputs.length, 3);

  const combined = await rate(["combine", "--config", "config.yaml", "--shards", "3", "--json"], at);
  assert.equal(combined.code, 0, combined.stderr);
  const [{ file, examples }] = JSON.parse(combined.stdout).combined;
  assert.equal(examples, 50);
  const whole = await rate(["score", "--config", "config.yaml", "--json"], at);
  const [single] = JSON.parse(whole.stdout).scored;
  assert.notEqual(file, single);
  assert.equal(await readFile(file, "utf8"), await readFile(single, "utf8"));
  const facts = async (path: string) => {
    const { timestamp, shards, ...rest } = JSON.parse(
      await readFile(path.replace("_scored_", "_template_").replace(".jsonl", ".txt"), "utf8"),
    );
    return rest;
  };
  assert.deepEqual(await facts(file), await facts(single));

  // A shard that is started again after its end scores nothing and changes nothing.
  const over = await shard(1);
  assert.match(over.stderr, /this was done in the run of/);
  assert.equal((await readdir(join(folder, "runs"))).filter((name) => name.endsWith(".json")).length, 2);
});

test("shards that are missing are named; more shards than examples are empty files", async (t) => {
  const folder = emptyFolder(t);
  await projectWith(folder, 2);
  const at = { cwd: folder };
  for (const k of [1, 3])
    assert.equal((await rate(["score", "--config", "config.yaml", "--shard", `${k}/3`], at)).code, 0);
  const missing = await rate(["combine", "--config", "config.yaml", "--shards", "3"], at);
  assert.match(
    missing.stderr,
    /1 of 3 shards are not there \(2\); finish them first \(rate score … --shard 2\/3\)/,
  );
  await rate(["score", "--config", "config.yaml", "--shard", "2/3"], at);
  const done = await rate(["combine", "--config", "config.yaml", "--shards", "3"], at);
  assert.equal(done.code, 0, done.stderr);
  // The shards' own files are no scored files of the data set.
  const effects = await rate(["effects", "--dataset", done.stdout.trim()], at);
  assert.equal(effects.code, 0, effects.stderr);
  for (const wrong of ["0/3", "4/3", "a", "1/0"]) {
    const { code, stderr } = await rate(["score", "--config", "config.yaml", "--shard", wrong], at);
    assert.equal(code, 2);
    assert.match(stderr, /expected K\/N/);
  }
});
