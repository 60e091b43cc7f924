import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { emptyFolder } from "../support/folders.js";
import { rate } from "../support/program.js";
import { sharedData } from "../support/shared.js";

const KEY = "Skywork/Skywork-Reward-Llama-3.1-8B-v0.2";
const bias = sharedData("bias_length_scored.jsonl");
const readJson = (path: string) => JSON.parse(readFileSync(path, "utf8"));

const REVIEWS = Array.from({ length: 40 }, (_, i) => ({
  key: `r${i}`,
  body:
    i % 2 === 0
      ? `I don't like it, it's no good ${i}.`
      : `It is a good phone, and I have had it for ${i} months now without a fault. It works.`,
  ask: `Review number ${i}: `,
}));

test("effects of published data come out to the last digits", { skip: bias.skip }, async (t) => {
  const output = join(emptyFolder(t), "out.json");
  const done = await rate(["effects", "--dataset", bias.path, "--reward-key", KEY, "--output", output]);
  assert.equal(done.code, 0, done.stderr);
  const effects = readJson(output);
  assert.ok(Math.abs(effects.ATU_rewritten_rewrite - 1.4333590087890624) < 1e-12);
  assert.ok(Math.abs(effects.ATU_rewritten_rewrite_stderr - 0.3611095335796821) < 1e-12);
  assert.deepEqual(
    [effects.ATT_rewritten_rewrite, effects.naive_effect, effects.naive_effect_stderr],
    [null, null, null],
  );
  const reason = (estimator: string, estimand: string) =>
    effects.estimates.find(
      (row: { estimator: string; estimand: string }) =>
        row.estimator === estimator && row.estimand === estimand,
    ).reason;
  assert.equal(reason("rate", "att"), "no example has w = 1");
  assert.match(reason("naive", "ate"), /no original has a reward/);
  assert.match(
    done.stdout,
    /pays for the attribute among responses that are w = 0: ATU \+0\.12 sd \(95 % CI 0\.06 to 0\.18, p < 0\.0001, n = 500\); no naive comparison: no original has a reward/,
  );
  const unpaired = await rate([
    "effects",
    "--dataset",
    bias.path,
    "--reward-key",
    KEY,
    "--stderr",
    "unpaired",
    "--json",
  ]);
  assert.ok(Math.abs(JSON.parse(unpaired.stdout).ATU_rewritten_rewrite_stderr - 0.744) < 5e-4);
});

test("a wrong reward key lists those that exist, exits 2 and writes nothing", {
  skip: bias.skip,
}, async (t) => {
  const output = join(emptyFolder(t), "out.json");
  const done = await rate(["effects", "--dataset", bias.path, "--reward-key", "Skywork", "--output", output]);
  assert.equal(done.code, 2);
  assert.match(done.stderr, new RegExp(`reward keys in the file: .*${KEY}`));
  assert.equal(existsSync(output), false);
});

test("a broken line is named with its file and number, exit 2, and no output file", async (t) => {
  const folder = emptyFolder(t);
  const [input, output] = [join(folder, "scored.jsonl"), join(folder, "out.json")];
  const good = JSON.stringify({ w_original: true, m: { original: 1, rewrite: 0, "rewritten rewrite": 1 } });
  writeFileSync(input, `${good}\n${good}\n{"w_original": tru\n`);
  const done = await rate(["effects", "--dataset", input, "--reward-key", "m", "--output", output]);
  assert.equal(done.code, 2);
  assert.match(done.stderr, /scored\.jsonl:3: is not JSON/);
  assert.doesNotMatch(done.stderr, /\n\s+at /);
  assert.deepEqual(readdirSync(folder), ["scored.jsonl"]);
});

test("one's own data: all stages, in the published files, without code", async (t) => {
  const cwd = emptyFolder(t);
  writeFileSync(join(cwd, "my.jsonl"), REVIEWS.map((row) => JSON.stringify(row)).join("\n"));
  const call = [
    "run",
    "--data",
    "my.jsonl",
    "--response",
    "body",
    "--prompt-column",
    "ask",
    "--id-column",
    "key",
    "--attribute",
    "length",
    "formality",
    "--model",
    "embedded",
    "--json",
  ];
  const done = await rate(call, { cwd });
  assert.equal(done.code, 0, done.stderr);
  const { results, report } = JSON.parse(done.stdout);
  assert.deepEqual(
    results.map((result: { concept: string }) => result.concept),
    ["length", "formality"],
  );
  const names = (folder: string) =>
    readdirSync(join(cwd, folder)).map((name) => name.replace(/\d{8}_\d{6}/, "TS"));
  assert.deepEqual(names("data/rewrites"), [
    "my_formality_dataset_TS.json",
    "my_formality_template_TS.txt",
    "my_length_dataset_TS.json",
    "my_length_template_TS.txt",
  ]);
  assert.deepEqual(names("data/scored"), [
    "my_formality_embedded_scored_TS.jsonl",
    "my_formality_embedded_template_TS.txt",
    "my_length_embedded_scored_TS.jsonl",
    "my_length_embedded_template_TS.txt",
  ]);
  assert.deepEqual(names("effects"), [
    "my_formality_formality_embedded_treatment_effects_TS.json",
    "my_length_length_embedded_treatment_effects_TS.json",
  ]);
  const rewrites = readJson(join(cwd, "data/rewrites", readdirSync(join(cwd, "data/rewrites"))[0]!));
  assert.deepEqual(
    Object.keys(rewrites),
    REVIEWS.map(({ key }) => key),
  );
  assert.equal(rewrites.r1.reward_question, "Review number 1: ");
  assert.deepEqual(Object.keys(rewrites.r1.completions), ["original", "rewrite", "rewritten rewrite"]);
  assert.match(readFileSync(report, "utf8"), /Content-Security-Policy/);
  const again = await rate(call, { cwd });
  assert.deepEqual(JSON.parse(again.stdout).results, results);
  // New data under the same name is new work.
  writeFileSync(
    join(cwd, "my.jsonl"),
    REVIEWS.slice(1)
      .map((row) => JSON.stringify(row))
      .join("\n"),
  );
  const changed = JSON.parse((await rate(call, { cwd })).stdout);
  assert.equal(changed.results[0].Y1_count + changed.results[0].Y0_count, REVIEWS.length - 1);
});

test("the published configuration drives the three stages, newest files and smoke test", async (t) => {
  const cwd = emptyFolder(t);
  const config = `smoke_test: true
rewrites:
  dataset_name: "reviews_sentiment"
scoring:
  model: "embedded"
  dataset_folder: "rewrites"
  dataset_name: "reviews_sentiment"
effects:
  dataset_name: "reviews_sentiment"
  dataset_folder: null
  concept: "sentiment"
  score: "embedded"
  reward_key: "rate/review-sentiment"
`;
  writeFileSync(join(cwd, "config.yaml"), config);
  for (const stage of ["create-dataset", "score", "effects"]) {
    const done = await rate([stage, "--config", "config.yaml"], { cwd });
    assert.equal(done.code, 0, done.stderr);
  }
  const file = (folder: string) =>
    readdirSync(join(cwd, folder)).find((name) => /dataset|scored|effects/.test(name))!;
  assert.match(file("data/rewrites"), /^reviews_sentiment_dataset_\d{8}_\d{6}_smoke_test\.json$/);
  assert.match(file("data/scored"), /^reviews_sentiment_embedded_smoke_test_scored_\d{8}_\d{6}\.jsonl$/);
  assert.match(
    file("effects"),
    /^reviews_sentiment_sentiment_embedded_treatment_effects_\d{8}_\d{6}_smoke_test\.json$/,
  );
  const rewrites: Record<string, { w_original: boolean }> = readJson(
    join(cwd, "data/rewrites", file("data/rewrites")),
  );
  const treated = Object.values(rewrites).filter((example) => example.w_original).length;
  assert.equal(Object.keys(rewrites).length, 30);
  assert.ok(treated >= 3 && treated <= 27);
  const scored = readFileSync(join(cwd, "data/scored", file("data/scored")), "utf8")
    .trim()
    .split("\n");
  assert.equal(scored.length, 10);
  assert.equal(readJson(join(cwd, "effects", file("effects"))).reward_key, "rate/review-sentiment");
});

test("a second model is added to scores that exist, and a taken key is refused", async (t) => {
  const cwd = emptyFolder(t);
  const example = {
    id: "a",
    w_original: true,
    reward_question: "q",
    completions: { original: "x", rewrite: "y", "rewritten rewrite": "z" },
    other: { original: 1, rewrite: 2, "rewritten rewrite": 3 },
    note: [1, 2],
  };
  writeFileSync(join(cwd, "in.jsonl"), `${JSON.stringify(example)}\n`);
  const done = await rate(["score", "--dataset", "in.jsonl", "--model", "embedded", "--json"], { cwd });
  assert.equal(done.code, 0, done.stderr);
  const [path] = JSON.parse(done.stdout).scored;
  const { "rate/review-sentiment": added, scored_inputs: inputs, ...rest } = readJson(path);
  assert.deepEqual(rest, example);
  const read = inputs["rate/review-sentiment"];
  assert.deepEqual(Object.keys(read), Object.keys(added));
  assert.deepEqual([read.original.tokens, read.original.bos, read.original.hash.length], [3, 1, 32]);
  assert.deepEqual(Object.keys(added), ["original", "rewrite", "rewritten rewrite"]);
  const twice = await rate(["score", "--dataset", path, "--model", "embedded"], { cwd });
  assert.equal(twice.code, 2);
  assert.match(twice.stderr, /example a has scores of rate\/review-sentiment already/);
});

test("texts that were cut to fit are counted, through to the effects", async (t) => {
  const cwd = emptyFolder(t);
  const lines = Array.from({ length: 4 }, (_, i) =>
    JSON.stringify({
      w_original: i % 2 === 0,
      reward_question: "q",
      completions: {
        original: i === 0 ? "bad ".repeat(900) : "x",
        rewrite: "good",
        "rewritten rewrite": `fine ${i}`,
      },
    }),
  );
  writeFileSync(join(cwd, "in.jsonl"), lines.join("\n"));
  const [path] = JSON.parse(
    (await rate(["score", "--dataset", "in.jsonl", "--model", "embedded", "--json"], { cwd })).stdout,
  ).scored;
  const effects = JSON.parse((await rate(["effects", "--dataset", path, "--json"], { cwd })).stdout);
  const found = effects.diagnostics.find((entry: { name: string }) => entry.name === "truncated_texts");
  assert.deepEqual([found.value, found.warns], [0.25, true]);
});

test("a dataset template of one's own is loaded from TypeScript, and init's runs as it is", async (t) => {
  const cwd = emptyFolder(t);
  assert.equal((await rate(["init"], { cwd })).code, 0);
  assert.deepEqual(readdirSync(cwd).sort(), [".env.example", "config.yaml", "my_dataset.ts"]);
  assert.equal((await rate(["init"], { cwd })).code, 0);
  const first = await rate(["run", "--config", "config.yaml"], { cwd });
  assert.equal(first.code, 0, first.stderr);
  writeFileSync(
    join(cwd, "reviews.jsonl"),
    REVIEWS.map(({ body }) => JSON.stringify({ text: body })).join("\n"),
  );
  writeFileSync(
    join(cwd, "own.yaml"),
    "rewrites:\n  dataset_name: ./my_dataset.ts\nscoring:\n  model: embedded\n",
  );
  const own = await rate(["run", "--config", "own.yaml"], { cwd });
  assert.equal(own.code, 0, own.stderr);
  writeFileSync(
    join(cwd, "bad.ts"),
    'export default { name: "x", source: { kind: "file", path: "reviews.jsonl" }, question: 1 };',
  );
  writeFileSync(join(cwd, "own.yaml"), "rewrites:\n  dataset_name: ./bad.ts\nscoring:\n  model: embedded\n");
  const bad = await rate(["run", "--config", "own.yaml"], { cwd });
  assert.equal(bad.code, 2);
  assert.match(bad.stderr, /bad\.ts: question: expected a function/);
  writeFileSync(join(cwd, "config.yaml"), "changed: true\n");
  const refused = await rate(["init"], { cwd });
  assert.equal(refused.code, 2);
  assert.match(refused.stderr, /config\.yaml: exists already with other content/);
});

test("with GROUP_NAME, saved files get the group and mode 0440; .env is read and the environment wins", async (t) => {
  const cwd = emptyFolder(t);
  const group = readFileSync("/etc/group", "utf8")
    .split("\n")
    .find((line) => line.split(":")[2] === String(process.getgid!()))!
    .split(":")[0]!;
  mkdirSync(join(cwd, "project"));
  writeFileSync(join(cwd, ".env"), `GROUP_NAME=${group}\nPROJECT_DIR=elsewhere\n`);
  writeFileSync(join(cwd, "config.yaml"), "smoke_test: true\nrewrites:\n  dataset_name: reviews_length\n");
  const done = await rate(["create-dataset", "--config", "config.yaml"], {
    cwd,
    env: { PROJECT_DIR: join(cwd, "project") },
  });
  assert.equal(done.code, 0, done.stderr);
  const path = done.stdout.trim();
  assert.ok(path.startsWith(join(cwd, "project")));
  assert.equal(statSync(path).mode & 0o777, 0o440);
  for (const folder of ["data/batch_api", "data/rewrites", "logs"]) {
    for (const name of readdirSync(join(cwd, "project", folder)))
      assert.equal(statSync(join(cwd, "project", folder, name)).mode & 0o777, 0o440, name);
  }
  const unknown = await rate(["create-dataset", "--config", "config.yaml"], {
    cwd,
    env: { GROUP_NAME: "no-such-group-here" },
  });
  assert.equal(unknown.code, 2);
  assert.match(unknown.stderr, /GROUP_NAME=no-such-group-here: there is no such group/);
});

for (const [what, args, message] of [
  ["no input", ["effects"], /give --config FILE, or --dataset FILE/],
  ["a missing file", ["effects", "--dataset", "nowhere.jsonl"], /nowhere\.jsonl: there is no such file/],
  ["a missing config", ["run", "--config", "nowhere.yaml"], /nowhere\.yaml: cannot be read.*rate init/],
  ["an unknown command", ["efects"], /unknown command 'efects'.*\n.*effects/i],
  ["an unknown option", ["effects", "--datset", "x"], /unknown option '--datset'/],
  ["a bad level", ["effects", "--dataset", "x", "--level", "2"], /between 0 and 1/],
  [
    "one treated column for two attributes",
    [
      ...["run", "--data", "x.jsonl", "--response", "t", "--prompt", "p", "--model", "embedded"],
      ...["--attribute", "length", "sentiment", "--treated-column", "label"],
    ],
    /treated \("label"\) says which responses have one attribute, but there are 2/,
  ],
  [
    "an unknown attribute",
    [
      "run",
      "--data",
      "x.jsonl",
      "--response",
      "t",
      "--prompt",
      "p",
      "--attribute",
      "lenght",
      "--model",
      "embedded",
    ],
    /attribute "lenght"; did you mean length\?/,
  ],
] as const) {
  test(`${what} is refused with exit code 2 and a way on`, async (t) => {
    const done = await rate(args, { cwd: emptyFolder(t) });
    assert.equal(done.code, 2, done.stderr);
    assert.match(done.stderr, message);
    assert.equal(done.stdout, "");
  });
}

test("every command has help with examples", async () => {
  const help = await rate(["--help"]);
  assert.equal(help.code, 0);
  const commands = [...help.stdout.matchAll(/^ {2}([a-z][a-z-]*) .*$/gm)]
    .map((found) => found[1]!)
    .filter((name) => name !== "help");
  assert.ok(commands.length >= 6, help.stdout);
  for (const command of commands) {
    const own = await rate([command, "--help"]);
    assert.equal(own.code, 0);
    assert.match(own.stdout, new RegExp(`Examples:\\n +\\$ rate ${command}`));
  }
});

test("a file to be scored that is not there is said before a model is fetched", async (t) => {
  const done = await rate(["score", "--dataset", "gone.json", "--model", "armorm"], {
    cwd: emptyFolder(t),
    env: { HF_ENDPOINT: "http://127.0.0.1:9" },
  });
  assert.equal(done.code, 2);
  assert.match(done.stderr, /^rate: gone\.json: there is no such file/);
});
