import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { chatServer } from "../support/chat-server.js";
import { emptyFolder, REPOSITORY } from "../support/folders.js";
import { rate } from "../support/program.js";
import { scoredLine } from "../support/scored-file.js";

const CONCURRENCY = 4;

test("several processes write one output at once: it is what one of them alone would have made, and nothing else is left", async (t) => {
  const folder = emptyFolder(t);
  const rows = Array.from({ length: 3_000 }, (_, index) => scoredLine(index)).join("");
  writeFileSync(join(folder, "a.jsonl"), rows);
  writeFileSync(join(folder, "b.jsonl"), rows.replaceAll("org/model", "org/other"));
  for (const [output, args] of [
    ["joined.jsonl", ["combine", "a.jsonl", "b.jsonl"]],
    ["report.html", ["report", "a.jsonl"]],
  ] as const) {
    const call = () => rate([...args, "--output", output], { cwd: folder });
    assert.equal((await call()).code, 0);
    const alone = readFileSync(join(folder, output), "utf8");
    for (const { code, stderr } of await Promise.all([call(), call(), call()])) assert.equal(code, 0, stderr);
    assert.equal(readFileSync(join(folder, output), "utf8"), alone);
  }
  assert.deepEqual(
    readdirSync(folder).filter((name) => name.startsWith(".")),
    [],
  );
});

test("several processes start one run again and again, and those at work are killed: one works at a time, and no answer that is on the disk is asked for again", async (t) => {
  const folder = emptyFolder(t);
  const server = await chatServer(t, (prompt) => ({
    text: `${prompt.slice(0, 40)}, again ${prompt.length}`,
  }));
  writeFileSync(
    join(folder, "data.jsonl"),
    Array.from({ length: 60 }, (_, i) =>
      JSON.stringify({ text: `Review number ${i} ${"long ".repeat(i % 9)}` }),
    ).join("\n"),
  );
  writeFileSync(
    join(folder, "config.yaml"),
    `rewrites:
  dataset_name: reviews
  data: { file: data.jsonl, columns: { response: text }, prompt: "" }
  attribute: length
  rewriter: openai
  model: test-model
  base_url: ${server.url}
  concurrency: ${CONCURRENCY}
`,
  );
  const start = () => {
    const child = spawn(
      process.execPath,
      [join(REPOSITORY, "bin", "rate"), "create-dataset", "--config", "config.yaml"],
      {
        cwd: folder,
        env: { PATH: process.env.PATH ?? "", HOME: folder },
        stdio: ["ignore", "ignore", "pipe"],
      },
    );
    let said = "";
    child.stderr.on("data", (piece) => {
      said += piece;
    });
    const ended = new Promise<string>((resolve) => {
      child.on("close", (code, signal) => resolve(code === 0 ? "done" : signal ? "killed" : said));
    });
    return { child, ended };
  };
  let kills = 0;
  const finished = () =>
    readdirSync(folder).includes("data") && readdirSync(join(folder, "data")).includes("rewrites");
  for (let round = 0; round < 20 && !finished(); round += 1) {
    const processes = [start(), start()];
    // Killed when the round has brought some answers, or when both have ended.
    const enough = server.answered.length + 20 + 3 * round;
    while (server.answered.length < enough && processes.some(({ child }) => child.exitCode === null))
      await sleep(5);
    for (const { child } of processes) if (child.exitCode === null && child.kill("SIGKILL")) kills += 1;
    for (const { ended } of processes) {
      const how = await ended;
      if (how !== "done" && how !== "killed") assert.match(how, /another process works on this run/);
    }
  }
  assert.ok(finished(), "the run has not come to its end");
  const runs = readdirSync(join(folder, "runs")).filter((name) => name.endsWith(".json"));
  assert.equal(
    new Set(runs).size,
    readdirSync(join(folder, "data", "rewrites")).filter((name) => name.endsWith(".json")).length,
  );
  const counts = new Map<string, number>();
  for (const prompt of server.answered) counts.set(prompt, (counts.get(prompt) ?? 0) + 1);
  const again = server.answered.length - counts.size;
  assert.ok(again <= kills * CONCURRENCY, `${again} answers asked for again after ${kills} kills`);
  const [journal] = readdirSync(join(folder, "data", "batch_api")).filter((name) => name.endsWith(".jsonl"));
  const lines = readFileSync(join(folder, "data", "batch_api", journal!), "utf8")
    .trimEnd()
    .split("\n");
  for (const line of lines) JSON.parse(line);
});
