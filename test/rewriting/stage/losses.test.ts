import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { emptyFolder } from "../../support/folders.js";
import { completion, failure, type OddReply, oddServer } from "../../support/odd-server.js";
import { rate } from "../../support/program.js";

const THINGS = ["lamp", "chair", "table", "kettle", "pillow", "carpet", "mirror", "basket"];
const textOf = (index: number) =>
  `The ${THINGS[index % 8]} number ${index} looks fine${index % 2 === 0 ? "" : " and has been in use here every single day"}.`;

async function project(t: TestContext, count: number, reply: (text: string, prompt: string) => OddReply) {
  const cwd = emptyFolder(t);
  const server = await oddServer(t, ({ prompt }) => reply(prompt.split("\n\n[")[0]!, prompt));
  const rows = Array.from({ length: count }, (_, index) => JSON.stringify({ text: textOf(index) }));
  writeFileSync(join(cwd, "rows.jsonl"), rows.join("\n"));
  writeFileSync(
    join(cwd, "config.yaml"),
    `rewrites:
  dataset_name: rows
  data: { file: rows.jsonl, columns: { response: text }, prompt: "" }
  attribute: length
  threshold: median
  rewriter: openai
  model: m
  base_url: ${server.url}
  concurrency: 2
`,
  );
  const call = (...flags: string[]) =>
    rate(["create-dataset", "--config", "config.yaml", "--json", ...flags], { cwd });
  const read = (
    stdout: string,
  ): Record<string, { completions: Record<string, string>; rewrite_failure?: { reason: string } }> =>
    JSON.parse(readFileSync(JSON.parse(stdout).rewrites[0], "utf8"));
  return { cwd, server, call, read };
}

const rewritten = (text: string, prompt: string) =>
  completion(
    prompt.includes("longer")
      ? `${text} That is so.`
      : text.replace(" That is so.", ".").replace(" and has been in use here every single day", ""),
  );

test("the very same answer to different texts is left out, in whatever language, and counted by arm", async (t) => {
  const { call, read } = await project(t, 16, (text, prompt) => ({
    body: /number (?:3|5|7|9)\b/.test(text)
      ? completion("Bedaŭrinde tio ĉi neniel eblas al mi.")
      : rewritten(text, prompt),
  }));
  const done = await call();
  assert.equal(done.code, 0, done.stderr);
  assert.match(
    done.stderr,
    /4 of 16 examples could not be rewritten \(with w = 1 and w = 0; repeated: 4 and 0\), for example: .*Bedaŭrinde/,
  );
  const data = read(done.stdout);
  for (const id of ["3", "5", "7", "9"]) {
    assert.equal(data[id]!.rewrite_failure?.reason, "repeated");
    assert.equal(data[id]!.completions.rewrite, undefined);
  }
});

for (const [name, reply, code, message] of [
  [
    "thinks and says nothing",
    { body: completion(null, { message: { reasoning_content: "Let me see." } }) },
    1,
    /nothing was rewritten: 4 of 4 .*reasoning: 2 and 2.*as reasoning .*chat_template_kwargs: \{ enable_thinking: false \}.*--no-cache/,
  ],
  [
    "flags every text",
    failure(403, "your input was flagged", { code: 403 }),
    1,
    /nothing was rewritten: 4 of 4 .*rejected: 2 and 2.*403 your input was flagged/,
  ],
  [
    "cuts every answer off",
    { body: completion("The lamp", { finish: "model_length" }) },
    1,
    /nothing was rewritten.*cut_off: 2 and 2.*model_length/,
  ],
] as const)
  test(`a data set of which nothing was rewritten, since the server ${name}, ends with exit code 1 and the reasons`, async (t) => {
    const { cwd, call } = await project(t, 4, () => reply);
    const done = await call();
    assert.equal(done.code, code, done.stderr);
    assert.match(done.stderr, message);
    assert.ok(!existsSync(join(cwd, "data", "rewrites")), "nothing is written");
  });

test("the same command asks again what a server refused; with --no-cache also what the model spoilt", async (t) => {
  let state: "refusing" | "thinking" | "good" = "refusing";
  const { server, call, read } = await project(t, 4, (text, prompt) => {
    if (state === "refusing") return failure(403, "your input was flagged", { code: 403 });
    if (state === "thinking") return { body: completion(`<think>${text}`) };
    return { body: rewritten(text, prompt) };
  });
  assert.equal((await call()).code, 1);
  state = "thinking";
  const thinking = await call();
  assert.match(thinking.stderr, /nothing was rewritten: .*reasoning: 2 and 2/);
  state = "good";
  const before = server.asked.length;
  assert.equal(
    (await call()).code,
    1,
    "what the model has answered twice is not asked a third time by the same command",
  );
  assert.equal(server.asked.length, before);
  const done = await call("--no-cache");
  assert.equal(done.code, 0, done.stderr);
  assert.ok(
    Object.values(read(done.stdout)).every(
      ({ completions }) => completions["rewritten rewrite"] !== undefined,
    ),
  );
});

test("answers of earlier versions are judged by today's rules: thoughts are taken off, what was cut off is asked anew", async (t) => {
  const { cwd, server, call, read } = await project(t, 6, (text, prompt) => ({
    body: rewritten(text, prompt),
  }));
  const first = await call();
  assert.equal(first.code, 0, first.stderr);
  const folder = join(cwd, "data", "batch_api");
  const journal = join(folder, readdirSync(folder).find((name) => name.endsWith(".jsonl"))!);
  const lines = readFileSync(journal, "utf8").trimEnd().split("\n");
  const isOf = (line: string, number: number) =>
    line.includes('"step":"rewrite"') && line.includes(`number ${number} `);
  const edited = lines.map((line) => {
    if (isOf(line, 0))
      return line.replace(
        '"outcome":{"status":"ok","text":"',
        '"outcome":{"status":"ok","text":"Let me see.\\n</think>\\n\\n',
      );
    return isOf(line, 1) ? line.replace('"finish_reason":"stop"', '"finish_reason":"error"') : line;
  });
  assert.equal(edited.filter((line, index) => line !== lines[index]).length, 2);
  writeFileSync(journal, `${edited.join("\n")}\n`);
  const before = server.asked.length;
  const again = await call();
  assert.equal(again.code, 0, again.stderr);
  assert.equal(server.asked.length - before, 1, "only what was cut off is asked");
  assert.deepEqual(read(again.stdout), read(first.stdout));
});
