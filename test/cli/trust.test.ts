import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { chatServer } from "../support/chat-server.js";
import { emptyFolder } from "../support/folders.js";
import { rate } from "../support/program.js";
import { scoredLine } from "../support/scored-file.js";

const TEMPLATE = `import { writeFileSync } from "node:fs";
writeFileSync(process.env.MARK, "ran");
export default {
  name: "mine", source: { kind: "file", path: "rows.jsonl" },
  question: () => "", completion: (row) => String(row.text), treated: { by: "rule" }, attribute: "length",
};
`;

function rows(folder: string): void {
  const texts = Array.from({ length: 8 }, (_, id) =>
    JSON.stringify({ id, text: `A good text ${"x".repeat(id)}.` }),
  );
  writeFileSync(join(folder, "rows.jsonl"), texts.join("\n"));
}

/** A project whose run was broken off. */
async function unfinished(t: TestContext) {
  const cwd = emptyFolder(t);
  const home = emptyFolder(t);
  let isWell = false;
  const server = await chatServer(t, (prompt) =>
    isWell ? { text: `${prompt.slice(0, 30)} again ${prompt.length}` } : { status: 400 },
  );
  rows(cwd);
  const flags = ["--data", "rows.jsonl", "--response", "text", "--prompt", "", "--attribute", "length"];
  const asked = ["--rewriter", "openai", "--rewriter-model", "m", "--base-url", server.url];
  const env = { HOME: home, OPENAI_API_KEY: "sk-secret-123" };
  const first = await rate(["create-dataset", ...flags, ...asked], {
    cwd,
    env: { ...env, OPENAI_API_KEY: "" },
    killAfter: 60_000,
  });
  isWell = true;
  return { cwd, env, first, server };
}

test("batches resume runs what this user has begun, and shows what came with the folder instead", async (t) => {
  const { cwd, env, first } = await unfinished(t);
  const records = execFileSync("ls", [join(cwd, "runs")], { encoding: "utf8" });
  const [name] = records.split("\n").filter((found) => /^\d{8}_\d{6}\.json$/.test(found));
  const path = join(cwd, "runs", name!);
  const record = JSON.parse(readFileSync(path, "utf8"));
  assert.match(record.signature, /^[0-9a-f]{64}$/, first.stderr);
  writeFileSync(path, JSON.stringify({ ...record, status: "unfinished" }));

  const mark = join(cwd, "mark");
  writeFileSync(join(cwd, "evil.ts"), TEMPLATE);
  writeFileSync(join(cwd, "evil.yaml"), "rewrites: { dataset_name: ./evil.ts, rewriter: builtin }\n");
  const evil = {
    ...record,
    timestamp: "20200101_000000",
    status: "unfinished",
    arguments: ["create-dataset", "--config", "evil.yaml"],
  };
  writeFileSync(join(cwd, "runs", "20200101_000000.json"), JSON.stringify(evil));
  const resumed = await rate(["batches", "resume", "--yes"], { cwd, env: { ...env, MARK: mark } });
  assert.equal(existsSync(mark), false, "nothing that came with the folder was run");
  assert.equal(resumed.code, 1, resumed.stderr);
  assert.match(
    resumed.stdout,
    /20200101_000000: not resumed, since nothing shows that the command is yours: \(cd .* && rate create-dataset --config evil\.yaml\)/,
  );
  assert.match(
    resumed.stderr,
    new RegExp(`${record.timestamp}: \\(cd .* && rate create-dataset --data rows.jsonl`),
  );

  const stranger = await rate(["batches", "resume", "--yes"], {
    cwd,
    env: { ...env, HOME: emptyFolder(t), MARK: mark },
  });
  assert.equal(stranger.code, 1);
  assert.equal(existsSync(mark), false);
});

test("a template from outside the folder that one works in is run with --trust alone", async (t) => {
  const cwd = emptyFolder(t);
  const elsewhere = emptyFolder(t);
  rows(cwd);
  const mark = join(cwd, "mark");
  writeFileSync(join(elsewhere, "theirs.ts"), TEMPLATE);
  writeFileSync(join(cwd, "mine.ts"), TEMPLATE);
  symlinkSync(join(elsewhere, "theirs.ts"), join(cwd, "linked.ts"));
  const make = (template: string, ...more: string[]) => {
    writeFileSync(join(cwd, "config.yaml"), `rewrites: { dataset_name: "${template}", rewriter: builtin }\n`);
    return rate(["create-dataset", "--config", "config.yaml", ...more], { cwd, env: { MARK: mark } });
  };
  for (const template of [join(elsewhere, "theirs.ts"), "./linked.ts"]) {
    const refused = await make(template);
    assert.equal(refused.code, 2, refused.stderr);
    assert.match(
      refused.stderr,
      /config\.yaml: dataset_name: .* is a program, and it lies outside the folder/,
    );
    assert.equal(existsSync(mark), false);
  }
  const trusted = await make(join(elsewhere, "theirs.ts"), "--trust");
  assert.equal(trusted.code, 0, trusted.stderr);
  assert.equal(existsSync(mark), true);
  const own = await make("./mine.ts");
  assert.equal(own.code, 0, own.stderr);
});

test("an effects file from elsewhere embeds no scored file of the machine in a report", async (t) => {
  const cwd = emptyFolder(t);
  const secret = emptyFolder(t);
  const lines = Array.from({ length: 30 }, (_, i) => scoredLine(i).replaceAll("text", "SECRET text")).join(
    "",
  );
  writeFileSync(join(secret, "private.jsonl"), lines);
  const made = await rate(
    ["effects", "--dataset", join(secret, "private.jsonl"), "--output", "effects.json"],
    { cwd },
  );
  assert.equal(made.code, 0, made.stderr);
  const effects = JSON.parse(readFileSync(join(cwd, "effects.json"), "utf8"));
  mkdirSync(join(cwd, "data", "scored"), { recursive: true });
  symlinkSync(join(secret, "private.jsonl"), join(cwd, "data", "scored", "link.jsonl"));
  const up = "../".repeat(12);
  for (const name of [join(secret, "private.jsonl"), `${up}${join(secret, "private.jsonl")}`, "link.jsonl"]) {
    writeFileSync(join(cwd, "effects.json"), JSON.stringify({ ...effects, dataset_filename: name }));
    const report = await rate(["report", "effects.json", "--output", "report.html"], { cwd });
    assert.equal(report.code, 0, report.stderr);
    assert.doesNotMatch(readFileSync(join(cwd, "report.html"), "utf8"), /SECRET text/, name);
    writeFileSync(
      join(cwd, "plotting.jsonl"),
      JSON.stringify({
        ...{ dataset_name: "d", concept: "c", score: "s", reward_key: effects.reward_key },
        dataset_filename: name,
      }),
    );
    const plot = await rate(["report", "plotting.jsonl", "--output", "report.html"], { cwd });
    assert.equal(plot.code, 2, plot.stderr);
  }
  const given = await rate(["report", join(secret, "private.jsonl"), "--output", "report.html"], { cwd });
  assert.equal(given.code, 0, given.stderr);
});

test("--output is a file: anything else in its place is refused by name, and a link is followed", async (t) => {
  const cwd = emptyFolder(t);
  writeFileSync(join(cwd, "scored.jsonl"), Array.from({ length: 30 }, (_, i) => scoredLine(i)).join(""));
  mkdirSync(join(cwd, "folder"));
  execFileSync("mkfifo", [join(cwd, "pipe")]);
  symlinkSync(join(cwd, "nowhere"), join(cwd, "dangling"));
  writeFileSync(join(cwd, "target.json"), "old");
  symlinkSync("target.json", join(cwd, "link.json"));
  const write = (output: string) =>
    rate(["effects", "--dataset", "scored.jsonl", "--output", output], { cwd, killAfter: 60_000 });
  for (const [output, what] of [
    ["/dev/null", "not a place for files"],
    ["/dev/stdout", "not a place for files"],
    ["folder", "a folder"],
    ["pipe", "a named pipe"],
    ["dangling", "a link to nothing"],
  ] as const) {
    const refused = await write(output);
    assert.equal(refused.code, 2, `${output}: ${refused.stderr}`);
    assert.match(refused.stderr, new RegExp(`${output}: is ${what}`));
  }
  const linked = await write("link.json");
  assert.equal(linked.code, 0, linked.stderr);
  assert.ok("estimates" in JSON.parse(readFileSync(join(cwd, "target.json"), "utf8")));
});

test("rate batches sends no key where only a file of the project says so, and does not wait for a server that hangs", async (t) => {
  const cwd = emptyFolder(t);
  let asked = 0;
  const server = createServer(() => {
    asked += 1;
  });
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const ledger = (baseUrl: string, run: string) => {
    const folder = join(cwd, "data", "batch_api", `${run}_20260101_000000_batches`);
    mkdirSync(folder, { recursive: true });
    const intent = { id: run, sha256: "0", at: "2026-01-01T00:00:00Z", requests: ["a"], tokens: 1 };
    const events = [
      { journal: 1, purpose: `batches of ${run}` },
      { event: "provider", provider: "openai-batch", baseUrl, model: "m" },
      { event: "intent", ...intent },
      { event: "creating", intent: run, file: null, at: intent.at },
      { event: "created", intent: run, batch: `batch_${run}` },
    ];
    writeFileSync(join(folder, "ledger.jsonl"), events.map((event) => `${JSON.stringify(event)}\n`).join(""));
  };
  ledger("https://evil.example.com/v1", "theirs");
  ledger(`http://127.0.0.1:${port}/v1`, "hangs");
  const env = { OPENAI_API_KEY: "sk-secret-123" };
  const listed = await rate(["batches", "--json"], { cwd, env, killAfter: 60_000 });
  assert.equal(listed.code, 0, listed.stderr);
  const states = JSON.parse(listed.stdout)
    .map(({ state }: { state: string }) => state)
    .join("\n");
  assert.match(states, /evil\.example\.com\/v1 is named by a file of the project alone/);
  assert.match(states, /no answer within 10 s/);
  assert.equal(asked, 1);
});
