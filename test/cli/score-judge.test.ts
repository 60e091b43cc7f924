import assert from "node:assert/strict";
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { emptyFolder, REPOSITORY } from "../support/folders.js";
import { rate } from "../support/program.js";

/** A judge that scores a text by its number: 70 % on one score, 20 % on the next, the rest on a word. */
async function judgeServer(
  t: TestContext,
  {
    logprobs = true,
    text = (score: number, _: string) => String(score),
    finish = (_: number) => "stop",
  }: {
    logprobs?: boolean;
    text?: (score: number, prompt: string) => string;
    finish?: (score: number) => string;
  } = {},
) {
  const asked: { prompt: string; body: Record<string, unknown> }[] = [];
  const server = createServer(async (incoming, outgoing) => {
    let body = "";
    for await (const piece of incoming) body += piece;
    const request = JSON.parse(body);
    const prompt: string = request.messages[0].content;
    asked.push({ prompt, body: request });
    const score = 1 + (Number(/number (\d+)/.exec(prompt)?.[1] ?? 0) % 8);
    const top = [
      { token: String(score), logprob: Math.log(0.7) },
      { token: ` ${score + 1}`, logprob: Math.log(0.2) },
      { token: "Sure", logprob: Math.log(0.1) },
    ];
    outgoing.writeHead(200, { "content-type": "application/json" });
    outgoing.end(
      JSON.stringify({
        id: "c",
        object: "chat.completion",
        created: 1,
        model: `${request.model}-2025`,
        choices: [
          {
            index: 0,
            message: { role: "assistant", content: text(score, prompt), refusal: null },
            finish_reason: finish(score),
            logprobs: logprobs
              ? { content: [{ token: String(score), logprob: 0, top_logprobs: top }] }
              : null,
          },
        ],
        usage: { prompt_tokens: 50, completion_tokens: 1, total_tokens: 51 },
      }),
    );
  });
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`, asked };
}

function projectOf(t: TestContext, judge: string) {
  const folder = emptyFolder(t);
  const examples = Array.from({ length: 10 }, (_, index) => [
    `e${index}`,
    {
      w_original: index % 2 === 0,
      reward_question: "Write {response}.",
      completions: {
        original: `A text, number ${3 * index}.`,
        rewrite: `Another text, number ${3 * index + 1}.`,
        "rewritten rewrite": `A third text, number ${3 * index + 2}.`,
      },
    },
  ]);
  writeFileSync(join(folder, "texts.json"), JSON.stringify(Object.fromEntries(examples)));
  writeFileSync(
    join(folder, "config.yaml"),
    `scoring:\n  model: grader\n  dataset_name: texts\n  runtime: judge\n  judge: ${judge}\n`,
  );
  const score = (...more: string[]) =>
    rate([
      "score",
      "--project-dir",
      folder,
      "--config",
      join(folder, "config.yaml"),
      "--dataset",
      join(folder, "texts.json"),
      ...more,
    ]);
  const rows = (stdout: string) =>
    readFileSync(stdout.trim(), "utf8")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
  return { folder, score, rows };
}

test("the journal of a judge that was killed gets the group and mode of its siblings when the run is ended", async (t) => {
  const group = execFileSync("id", ["-gn"], { encoding: "utf8" }).trim();
  let kill = () => {};
  const killWhen = new Promise<void>((resolve) => {
    kill = resolve;
  });
  const { url } = await judgeServer(t, {
    text: (score) => {
      if (modes().length > 0) kill();
      return String(score);
    },
  });
  const { folder } = projectOf(t, `{ base_url: "${url}", concurrency: 1 }`);
  const answers = join(folder, "data", "batch_api");
  const modes = () =>
    (existsSync(answers) ? readdirSync(answers) : []).map((name) =>
      (statSync(join(answers, name)).mode & 0o777).toString(8),
    );
  const call = (how: Parameters<typeof rate>[1]) =>
    rate(["score", "--config", "config.yaml", "--dataset", "texts.json"], {
      ...{ cwd: folder, env: { GROUP_NAME: group } },
      ...how,
    });
  const first = await call({ killWhen });
  assert.equal(first.code, null, first.stderr);
  assert.deepEqual(modes(), ["600"]);
  const second = await call({});
  assert.equal(second.code, 0, second.stderr);
  assert.deepEqual(modes(), ["440", "440"]);
});

test("a judge's reward is the mean of its scores, weighed by their probabilities, and nothing is asked twice", async (t) => {
  const { url, asked } = await judgeServer(t);
  const { score, rows, folder } = projectOf(t, `{ base_url: "${url}", rubric: "Is it kind?" }`);
  const done = await score();
  assert.equal(done.code, 0, done.stderr);
  const first = rows(done.stdout)[1]["judge/grader"];
  const s = 1 + (3 % 8);
  assert.ok(Math.abs(first.original - (0.7 * s + 0.2 * (s + 1)) / 0.9) < 1e-12);
  assert.equal(asked.length, 30);
  assert.match(
    asked[0]!.prompt,
    /Write \{response\}\.[\s\S]*Is it kind\?\nAnswer with one whole number from 1/,
  );
  assert.equal(asked[0]!.body.temperature, 0);
  assert.equal(asked[0]!.body.top_logprobs, 20);
  const again = await score();
  assert.equal(again.code, 0, again.stderr);
  assert.equal(asked.length, 30);
  assert.notEqual(again.stdout, done.stdout);
  assert.deepEqual(rows(again.stdout)[1]["judge/grader"], first);
  const template = readdirSync(join(folder, "data", "scored")).find((name) => name.includes("_template_"));
  const facts = JSON.parse(readFileSync(join(folder, "data", "scored", template!), "utf8")).reward_model;
  assert.equal(facts.rubric, "Is it kind?");
  assert.equal(facts.usage.requests, 30);
});

test("an answer is parsed where the server gives no log-probabilities", async (t) => {
  const { url, asked } = await judgeServer(t, { logprobs: false, text: (score) => `{"answer": "${score}"}` });
  const { score, rows } = projectOf(t, `{ base_url: "${url}", score: parsed, reward_key: my/judge }`);
  const done = await score();
  assert.equal(done.code, 0, done.stderr);
  assert.equal(rows(done.stdout)[1]["my/judge"].rewrite, 1 + (4 % 8));
  assert.equal((asked[0]!.body.response_format as { type: string }).type, "json_schema");
  const without = projectOf(t, `{ base_url: "${url}" }`);
  const failed = await without.score();
  assert.equal(failed.code, 1);
  assert.match(
    failed.stderr,
    /the judge grader is not understood: (2\d) of its \1 answers .*no log-probabilities; say score: parsed/,
  );
});

test("a judge that is never understood ends the run early, with its words", async (t) => {
  const { url, asked } = await judgeServer(t, { text: () => "between 3 and 5" });
  const { score } = projectOf(t, `{ base_url: "${url}", score: parsed, concurrency: 2 }`);
  const failed = await score();
  assert.equal(failed.code, 1);
  assert.match(
    failed.stderr,
    /not understood: (2\d) of its \1 answers are not scores.*it answers "between 3 and 5"/,
  );
  assert.ok(asked.length <= 2 * 22, `${asked.length} asked`);
});

test("an odd answer is asked for again, then left out, counted by arm and reason, and asked anew by the next run", async (t) => {
  let odd = true;
  const seen = new Map<string, number>();
  const { url, asked } = await judgeServer(t, {
    finish: (score) => (odd && score === 4 ? "length" : "stop"),
    text: (score, prompt) => {
      const count = (seen.get(prompt) ?? 0) + 1;
      seen.set(prompt, count);
      if (!odd || ![4, 5, 6].includes(score)) return `${score}/9`;
      if (score === 5) return count === 1 ? "I would say five" : "5";
      return score === 4 ? "The text makes 4 points, which" : "between 6 and 7";
    },
  });
  const { score, rows, folder } = projectOf(t, `{ base_url: "${url}", score: parsed }`);
  const done = await score();
  assert.equal(done.code, 0, done.stderr);
  const rewards = rows(done.stdout).map((row) => row["judge/grader"]);
  const all = rewards.flatMap((reward) => Object.values(reward));
  const lost = asked.filter(({ prompt }) => seen.get(prompt) === 2).length / 2;
  assert.equal(all.length, 30);
  assert.ok(!all.includes(4) && !all.includes(6) && all.includes(5) && all.includes(3), String(all));
  const missing = all.filter((value) => value === null).length;
  assert.ok(missing >= 6 && missing < lost, `${missing} of ${lost}`);
  assert.match(
    done.stderr,
    /\d+ texts got no score \(of examples with w = 1 and w = 0; (?:cut_off|not_understood): \d and \d; /,
  );
  const failures = rows(done.stdout).flatMap((row) =>
    Object.values(row.score_failures?.["judge/grader"] ?? {}),
  );
  assert.equal(failures.length, missing);
  assert.ok(
    failures.every((failure) => /^(cut_off|not_understood)$/.test((failure as { reason: string }).reason)),
  );
  const template = readdirSync(join(folder, "data", "scored")).find((name) => name.includes("_template_"));
  const facts = JSON.parse(readFileSync(join(folder, "data", "scored", template!), "utf8"));
  assert.deepEqual(Object.keys(facts.unscored).sort(), ["cut_off", "not_understood"]);

  const before = asked.length;
  odd = false;
  const again = await score();
  assert.equal(again.code, 0, again.stderr);
  assert.equal(asked.length - before, missing, "what could not be read is asked anew, and nothing else");
  assert.ok(
    rows(again.stdout).every((row) => Object.values(row["judge/grader"]).every((value) => value !== null)),
  );
});

test("a judge stops before it costs more than it may, and goes on with a larger limit", async (t) => {
  const { url, asked } = await judgeServer(t);
  const { score } = projectOf(
    t,
    `{ base_url: "${url}", concurrency: 1, prices: { prompt: 1000, completion: 1000 } }`,
  );
  const done = await score("--max-cost", "0.9");
  assert.equal(done.code, 1, done.stderr);
  assert.match(done.stderr, /30 texts to judge by grader, \d+ tokens asked: about \$/);
  assert.match(done.stderr, /the limit of \$0.90 would be passed/);
  const before = asked.length;
  assert.ok(before > 2 && before < 20, `${before}`);
  const more = await score("--max-cost", "100");
  assert.equal(more.code, 0, more.stderr);
  assert.equal(asked.length, 30);
});

test("a scale that does not fit and a judge without its runtime are said", async (t) => {
  const wide = await projectOf(t, "{ scale: [1, 100] }").score();
  assert.match(wide.stderr, /log-probabilities need scores of one digit, found 100/);
  const { score, folder } = projectOf(t, "{}");
  writeFileSync(
    join(folder, "config.yaml"),
    "scoring:\n  model: embedded\n  dataset_name: texts\n  judge: { model: x }\n",
  );
  assert.match((await score()).stderr, /judge goes with runtime: judge/);
});

test("on a terminal the cost of a judge is asked about before anything is sent", async (t) => {
  if (spawnSync("script", ["--version"]).status !== 0) return t.skip("no script of util-linux here");
  const { url, asked } = await judgeServer(t);
  const { folder } = projectOf(t, `{ base_url: "${url}", prices: { prompt: 1000, completion: 1000 } }`);
  const files = ["--config", join(folder, "config.yaml"), "--dataset", join(folder, "texts.json")];
  const call = [
    process.execPath,
    join(REPOSITORY, "bin", "rate"),
    "score",
    "--project-dir",
    folder,
    ...files,
  ];
  const answering = (answer: string) =>
    new Promise<{ code: number | null; shown: string }>((resolve) => {
      const terminal = spawn("script", ["-qec", call.map((word) => `'${word}'`).join(" "), "/dev/null"]);
      let shown = "";
      terminal.stdout.on("data", (piece) => {
        const before = shown;
        shown += piece;
        if (!before.includes("[y/N]") && shown.includes("[y/N]")) terminal.stdin.write(answer);
      });
      terminal.on("close", (code) => resolve({ code, shown }));
    });
  const no = await answering("n\r");
  assert.equal(no.code, 2, no.shown);
  assert.match(
    no.shown,
    /30 texts to judge[\s\S]*Go on and spend about \$\d[\s\S]*not confirmed: nothing was asked/,
  );
  const interrupted = await answering("\x03");
  assert.equal(interrupted.code, 130, interrupted.shown);
  assert.equal(asked.length, 0);
  const yes = await answering("y\r");
  assert.equal(yes.code, 0, yes.shown);
  assert.equal(asked.length, 30);
});
