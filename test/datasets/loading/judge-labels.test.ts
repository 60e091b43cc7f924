import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { emptyFolder } from "../../support/folders.js";
import { completion, type OddReply, oddServer } from "../../support/odd-server.js";
import { rate } from "../../support/program.js";

const isJudgement = (prompt: string) => prompt.includes("[Beginning of the response]");
const isPolite = (prompt: string) => /\[Beginning of the response\]\n[^\n]*please/.test(prompt);

/** A data set about politeness: the server rewrites, and judges as `judge` says. */
async function project(
  t: TestContext,
  rows: number,
  judge: (polite: boolean, prompt: string, count: number) => OddReply,
  more = "",
) {
  const cwd = emptyFolder(t);
  const server = await oddServer(t, ({ prompt }, count) => {
    if (isJudgement(prompt)) return judge(isPolite(prompt), prompt, count);
    const text = prompt.split("\n\n[")[0]!;
    return {
      body: completion(prompt.includes("more polite") ? `${text}, please` : text.replace(", please", " now")),
    };
  });
  const texts = Array.from(
    { length: rows },
    (_, index) => `bring me chair number ${index}${index % 2 === 0 ? ", please" : ""}`,
  );
  writeFileSync(join(cwd, "rows.jsonl"), texts.map((text) => JSON.stringify({ text })).join("\n"));
  writeFileSync(
    join(cwd, "config.yaml"),
    `rewrites:
  dataset_name: rows
  data: { file: rows.jsonl, columns: { response: text }, prompt: "" }
  attribute: politeness
  rewriter: openai
  model: m
  base_url: ${server.url}
  judge: { model: j, base_url: "${server.url}" }
${more}`,
  );
  const call = (...flags: string[]) =>
    rate(["create-dataset", "--config", "config.yaml", "--json", ...flags], { cwd });
  const judged = () => server.asked.filter(({ prompt }) => isJudgement(prompt)).length;
  const read = (stdout: string): Record<string, { w_original: boolean; w_rewrite: boolean | null }> =>
    JSON.parse(readFileSync(JSON.parse(stdout).rewrites[0], "utf8"));
  return { call, judged, read };
}

for (const [form, write] of Object.entries({
  "in bold": (letter: string) => completion(`**${letter}**`),
  'after "Answer:"': (letter: string) => completion(`Answer: ${letter}`),
  "after thoughts": (letter: string) => completion(`<think>\nA or B?\n</think>\n\n${letter}`),
  "as the form asks": (letter: string) => completion(`{"answer": "${letter}"}`),
}))
  test(`a letter ${form} is a label`, async (t) => {
    const { call, read } = await project(t, 6, (polite) => ({ body: write(polite ? "B" : "A") }));
    const done = await call();
    assert.equal(done.code, 0, done.stderr);
    const data = Object.values(read(done.stdout));
    assert.deepEqual(
      data.map(({ w_original }) => w_original),
      [true, false, true, false, true, false],
    );
    assert.ok(data.every(({ w_original, w_rewrite }) => w_rewrite === !w_original));
  });

test("letters inside sentences are no labels: the judge's words are told, and a judge that is never understood ends early", async (t) => {
  const prose = (polite: boolean) => ({
    body: completion(polite ? "A polite response, so yes: B" : "A rather neutral one: A"),
  });
  const few = await project(t, 6, prose);
  const none = await few.call();
  assert.equal(none.code, 2);
  assert.match(
    none.stderr,
    /the judge j gave 6 of 6 texts no label \(not_understood: 6\), for example: it answers "A (?:polite|rather)/,
  );
  const many = await project(t, 2000, prose, "  n_examples: 20\n");
  const ended = await many.call();
  assert.equal(ended.code, 1, ended.stderr);
  assert.match(
    ended.stderr,
    /the judge j is not understood: \d+ of its \d+ answers are not the letter B or A/,
  );
  assert.ok(many.judged() <= 2 * (20 + 32), `${many.judged()} judged`);
});

test("an odd label is asked for again, then left out and counted, and asked anew by the next run", async (t) => {
  let odd = true;
  const { call, judged, read } = await project(t, 8, (polite, prompt) => {
    const letter = { body: completion(polite ? "B" : "A") };
    if (!odd) return letter;
    if (/number 3\b/.test(prompt)) return { body: completion("B", { finish: "length" }) };
    if (/number 4, please/.test(prompt))
      return { status: 403, body: { error: { code: 403, message: "your input was flagged" } } };
    return letter;
  });
  const done = await call();
  assert.equal(done.code, 0, done.stderr);
  assert.equal(Object.keys(read(done.stdout)).length, 6);
  assert.match(done.stderr, /the judge j gave 2 of \d+ texts no label \(.*\), for example: /);
  assert.match(done.stderr, /cut_off: 1/);
  assert.match(done.stderr, /rejected: 1/);
  odd = false;
  const before = judged();
  const again = await call();
  assert.equal(Object.keys(read(again.stdout)).length, 8, again.stderr);
  assert.equal(judged() - before, 2 + 4, "the two odd ones, and the rewrites of both");
});
