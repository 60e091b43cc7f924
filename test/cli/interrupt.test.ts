import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { chatServer } from "../support/chat-server.js";
import { emptyFolder, REPOSITORY } from "../support/folders.js";

test("Ctrl-C while a bar is shown ends the process, with its last word in the place of the bar", {
  timeout: 60_000,
}, async (t) => {
  if (spawnSync("script", ["--version"]).status !== 0) return t.skip("no script of util-linux here");
  const { url, answered } = await chatServer(t, (prompt, count) => ({ text: `${count}. ${prompt} Indeed.` }));
  const folder = emptyFolder(t);
  const data = join(folder, "texts.jsonl");
  const count = 3000;
  const texts = Array.from({ length: count }, (_, row) => `A text of some words, number ${row}.`);
  writeFileSync(data, texts.map((text) => JSON.stringify({ text })).join("\n"));
  const call = [
    ...[
      process.execPath,
      join(REPOSITORY, "bin", "rate"),
      "create-dataset",
      "--project-dir",
      folder,
      "--yes",
    ],
    ...["--data", data, "--response", "text", "--prompt", "Write:", "--attribute", "length"],
    ...["--rewriter", "openai", "--rewriter-model", "m", "--base-url", url],
  ];
  const terminal = spawn("script", ["-qec", call.map((word) => `'${word}'`).join(" "), "/dev/null"]);
  let shown = "";
  let interrupted = false;
  terminal.stdout.on("data", (piece) => {
    shown += piece;
    if (interrupted || !shown.includes("rewrite texts_length")) return;
    interrupted = true;
    terminal.stdin.write("\x03");
  });
  const code = await new Promise((resolve) => terminal.on("close", resolve));
  assert.equal(code, 130, shown);
  assert.ok(answered.length < 2 * count, `${answered.length} were answered`);
  assert.match(shown.split("\x1b[K").at(-1)!, /rate: stopped; the same command goes on where it was\s*$/);
});
