import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { emptyFolder, REPOSITORY } from "../support/folders.js";
import { rate } from "../support/program.js";
import { rewardOf, rewardServer } from "../support/reward-servers.js";

const EXAMPLES = 60;
const KEYS = ["original", "rewrite", "rewritten rewrite"];

/** A project with a rewrites file and a template of a model whose tokenizer is at hand. */
function projectOf(t: TestContext) {
  const folder = emptyFolder(t);
  const examples = Array.from({ length: EXAMPLES }, (_, index) => [
    `e${index}`,
    {
      w_original: index % 2 === 0,
      reward_question: "Write a review.",
      completions: Object.fromEntries(KEYS.map((key) => [key, `The ${key} number ${index} is good.`])),
    },
  ]);
  const data = join(folder, "reviews.json");
  writeFileSync(data, JSON.stringify(Object.fromEntries(examples)));
  const model = join(folder, "mine.yaml");
  const files = join(REPOSITORY, "assets", "models", "review-sentiment");
  const template = `model: ${files}\ninput: response\nreward_key: org/mine\nruntimes: [vllm, tei, transformers]\n`;
  writeFileSync(model, template);
  const score = (more: readonly string[], options = {}) =>
    rate(["score", "--project-dir", folder, "--dataset", data, "--model", model, ...more], options);
  const scored = () => {
    const names = readdirSync(join(folder, "data", "scored"));
    const lines = (kind: RegExp) =>
      readFileSync(join(folder, "data", "scored", names.find((name) => kind.test(name))!), "utf8");
    const rows = (kind: RegExp) =>
      lines(kind)
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line));
    return {
      rows: rows(/_scored_.*\.jsonl$/),
      template: JSON.parse(lines(/_template_/)),
    };
  };
  return { folder, model, score, scored };
}

test("rate score asks vLLM servers, keeps what was read of each text, and writes down the probe", async (t) => {
  const { score, scored } = projectOf(t);
  const servers = [await rewardServer(t, "vllm"), await rewardServer(t, "vllm")];
  const done = await score(["--runtime", "vllm", "--endpoint", ...servers.map(({ url }) => url)]);
  assert.equal(done.code, 0, done.stderr);
  const { rows, template } = scored();
  assert.equal(rows.length, EXAMPLES);
  const sent = new Set(servers.flatMap((server) => server.scored.map((ids) => rewardOf(ids as number[]))));
  for (const row of rows) for (const key of KEYS) assert.ok(sent.has(row["org/mine"][key]));
  const input = rows.find(({ id }) => id === "e7").scored_inputs["org/mine"].original;
  assert.match(input.hash, /^[0-9a-f]{32}$/);
  assert.ok(input.tokens > 5 && input.truncated === undefined);
  const { probe, runtime, endpoints } = template.reward_model;
  assert.equal(runtime, "vllm");
  assert.deepEqual(
    endpoints,
    servers.map(({ url }) => url),
  );
  assert.equal(probe.verdict, "passed");
});

test("servers that tell their addresses in a folder's files are found there", async (t) => {
  const { folder, score, scored } = projectOf(t);
  const servers = [await rewardServer(t, "vllm"), await rewardServer(t, "vllm")];
  mkdirSync(join(folder, "servers"));
  for (const [index, { url }] of servers.entries())
    writeFileSync(join(folder, "servers", `${index}.url`), `${url}\n`);
  const done = await score(["--runtime", "vllm", "--endpoint", `@${join(folder, "servers")}`]);
  assert.equal(done.code, 0, done.stderr);
  assert.deepEqual(
    scored().template.reward_model.endpoints,
    servers.map(({ url }) => url),
  );
  for (const server of servers) assert.ok(server.scored.length > 0);
});

test("a server that a probe stops leaves no file; allowed, its scores say so", async (t) => {
  const { folder, score, scored } = projectOf(t);
  const server = await rewardServer(t, "tei", { fault: "sigmoid" });
  const call = ["--runtime", "tei", "--endpoint", server.url];
  const stopped = await score(call);
  assert.equal(stopped.code, 2);
  assert.match(stopped.stderr, /activation: .*probably a sigmoid[\s\S]*--allow-probe activation/);
  assert.equal(existsSync(join(folder, "data", "scored")), false);
  const allowed = await score([...call, "--allow-probe", "activation"]);
  assert.equal(allowed.code, 0, allowed.stderr);
  assert.equal(scored().template.reward_model.probe.verdict, "allowed");
});

test("killed and called again, scoring goes on and sends nothing twice but the probe", async (t) => {
  const project = projectOf(t);
  const server = await rewardServer(t, "vllm");
  const call = ["--runtime", "vllm", "--endpoint", server.url];
  const journal = () => {
    const folder = join(project.folder, "data", "scored");
    const name = readdirSync(folder).find((found) => found.endsWith(".journal"));
    return name === undefined ? [] : readFileSync(join(folder, name), "utf8").trimEnd().split("\n").slice(1);
  };
  // The server falls silent once something is in the journal, and the process is killed.
  const silent = new Promise<void>((resolve) => {
    server.upset = () => {
      if (!existsSync(join(project.folder, "data", "scored")) || journal().length === 0) return null;
      resolve();
      return "hang";
    };
  });
  const killed = await project.score(call, { killWhen: silent });
  assert.equal(killed.code, null);
  const kept = journal().length;
  assert.ok(kept > 0 && kept < EXAMPLES);
  const texts = (from: number) => server.scored.slice(from).map((ids) => String(ids));
  const before = new Set(texts(0));
  const sent = server.scored.length;
  server.upset = () => null;
  const done = await project.score(call);
  assert.equal(done.code, 0, done.stderr);
  assert.match(done.stderr, /goes on with the run/);
  assert.equal(project.scored().rows.length, EXAMPLES);
  const fresh = texts(sent).filter((ids) => !before.has(ids));
  assert.ok(
    fresh.length <= KEYS.length * (EXAMPLES - kept),
    `${fresh.length} texts were new after ${kept} examples`,
  );
  // The probe's texts come again; of the data, what was under way, and nothing that the journal holds.
  const probe = 12 * 4 + 10;
  const underWay = before.size - KEYS.length * kept;
  const again = texts(sent).length - fresh.length;
  assert.ok(again <= probe + underWay, `${again} texts came again, ${underWay} were under way`);
});

test("what does not go together is said before anything is sent", async (t) => {
  const { score } = projectOf(t);
  const cases: [string[], RegExp][] = [
    [
      ["--runtime", "sglang", "--endpoint", "http://localhost:1"],
      /mine: does not run in sglang \(its recipe says vllm, tei, transformers\)/,
    ],
    [["--runtime", "vllm"], /runtime vllm needs the address of a server.*--endpoint http:\/\/localhost:8000/],
    [
      ["--runtime", "transformers", "--endpoint", "http://localhost:1"],
      /starts a server of its own.*--runtime reward-server/,
    ],
    [["--runtime", "gpu"], /Allowed choices are onnx, vllm/],
    [["--runtime", "vllm", "--endpoint", "localhost:8000"], /expected an address such as http/],
  ];
  for (const [flags, words] of cases) {
    const done = await score(flags);
    assert.equal(done.code, 2, done.stderr);
    assert.match(done.stderr, words);
  }
});

test("several models each have their own servers in a configuration", async (t) => {
  const { folder, model } = projectOf(t);
  const [one, two] = [await rewardServer(t, "vllm"), await rewardServer(t, "tei")];
  writeFileSync(join(folder, "other.yaml"), readFileSync(model, "utf8").replace("org/mine", "org/other"));
  const config = (serving: string) => {
    const file = join(folder, "config.yaml");
    const models = [model, join(folder, "other.yaml")].map((path) => JSON.stringify(path)).join(", ");
    writeFileSync(file, `scoring:\n  model: [${models}]\n  dataset_name: reviews\n${serving}`);
    return file;
  };
  const score = (file: string) =>
    rate(["score", "--project-dir", folder, "--config", file, "--dataset", join(folder, "reviews.json")]);
  const done = await score(
    config(
      `  serving:\n    mine: { runtime: vllm, endpoints: ["${one.url}"] }\n    other: { runtime: tei, endpoints: ["${two.url}"] }\n`,
    ),
  );
  assert.equal(done.code, 0, done.stderr);
  const last = readFileSync(done.stdout.trim().split("\n").at(-1)!, "utf8").split("\n");
  assert.deepEqual(Object.keys(JSON.parse(last[0]!)).slice(-2), ["org/mine", "org/other"]);
  const shared = await score(config(`  endpoints: ["${one.url}"]\n  runtime: vllm\n`));
  assert.equal(shared.code, 0, shared.stderr);
  const wrong = await score(config(`  serving:\n    nine: { runtime: vllm }\n`));
  assert.match(wrong.stderr, /scoring.serving: nine is none of the models/);
});

test("without Python the managed server says what to install", async (t) => {
  const { folder, score } = projectOf(t);
  const none = await score(["--runtime", "transformers", "--python", "/nowhere/python"]);
  assert.equal(none.code, 2, none.stderr);
  assert.match(none.stderr, /there is no Python at \/nowhere\/python[\s\S]*requirements.txt/);
  const bare = join(folder, "python.sh");
  writeFileSync(bare, "#!/bin/sh\necho \"ModuleNotFoundError: No module named 'torch'\" >&2\nexit 1\n", {
    mode: 0o755,
  });
  const noTorch = await score(["--runtime", "transformers", "--python", bare]);
  assert.equal(noTorch.code, 2, noTorch.stderr);
  assert.match(noTorch.stderr, /has no torch, which the model needs[\s\S]*make reward-server-python/);
});

test("Ctrl-C ends a server that the run has started, and the same command goes on", async (t) => {
  const { folder, score, scored } = projectOf(t);
  const python = join(folder, "python.sh");
  const script = join(import.meta.dirname, "..", "support", "reward-server-process.js");
  writeFileSync(python, `#!/bin/sh\nexec '${process.execPath}' '${script}'\n`, { mode: 0o755 });
  const pidFile = join(folder, "server.pid");
  const call = ["--runtime", "transformers", "--python", python];
  const journal = () => {
    const data = join(folder, "data", "scored");
    const name = existsSync(data) && readdirSync(data).find((found) => found.endsWith(".journal"));
    return name ? readFileSync(join(data, name), "utf8").trimEnd().split("\n").slice(1) : [];
  };
  const interrupt = async (pid: number) => {
    while (journal().length === 0) await sleep(5);
    // The server is silent now, with texts under way.
    await sleep(200);
    process.kill(pid, "SIGINT");
  };
  const server = () => Number(readFileSync(pidFile, "utf8"));
  const stopped = await score(call, {
    env: { SERVER_PID_FILE: pidFile, SILENT_AFTER: join(folder, "data", "scored") },
    started: (pid: number) => void interrupt(pid),
  });
  assert.equal(stopped.code, 130, stopped.stderr);
  assert.match(stopped.stderr, /rate: stopped; the same command goes on where it was/);
  assert.throws(() => process.kill(server(), 0), { code: "ESRCH" });
  const kept = journal().length;
  assert.ok(kept > 0 && kept < EXAMPLES, `${kept}`);
  const done = await score(call, { env: { SERVER_PID_FILE: pidFile } });
  assert.equal(done.code, 0, done.stderr);
  assert.match(done.stderr, /goes on with the run/);
  assert.equal(scored().rows.length, EXAMPLES);
  assert.throws(() => process.kill(server(), 0), { code: "ESRCH" });
});
