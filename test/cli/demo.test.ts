import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { contents } from "../support/contents.js";
import { emptyFolder } from "../support/folders.js";
import { rate } from "../support/program.js";

/** Journals record answers in the order of their coming, and logs the time: neither is a result. */
function results(folder: string): Record<string, string> {
  return Object.fromEntries(
    Object.entries(contents(folder)).filter(([name]) => !/^(data\/batch_api|logs)\//.test(name)),
  );
}

test("the demo, killed again and again, ends with the files of an undisturbed one and asks for nothing twice", async (t) => {
  const [whole, killed] = [emptyFolder(t), emptyFolder(t)];
  const home = emptyFolder(t);
  const undisturbed = await rate(["demo", "--output", whole, "--json"], { env: { HOME: home } });
  assert.equal(undisturbed.code, 0, undisturbed.stderr);
  assert.deepEqual(
    readdirSync(home, { recursive: true }),
    [".local", ".local/state", ".local/state/rate", ".local/state/rate/key"],
    "nothing is kept outside the project, by any library, but the key that marks the user's own calls",
  );
  for (const killAfter of [700, 1500, 2500, 3500, 1800, 900])
    await rate(["demo", "--output", killed, "--json"], { killAfter });
  const last = await rate(["demo", "--output", killed, "--json"]);
  assert.equal(last.code, 0, last.stderr);
  assert.deepEqual(results(killed), results(whole));
  const answers = (folder: string) =>
    Object.entries(contents(folder))
      .filter(([name]) => name.startsWith("data/batch_api/"))
      .map(([name, text]) => [name, text.trim().split("\n").sort()]);
  assert.deepEqual(answers(killed), answers(whole));

  const { truth, results: rows } = JSON.parse(undisturbed.stdout);
  const row = (name: string) => truth.rows.find((entry: { name: string }) => entry.name === name);
  const planted = row("planted").value;
  assert.ok(row("RATE").low < planted && planted < row("RATE").high, "RATE's interval holds the truth");
  assert.ok(planted < row("naive").low || planted > row("naive").high, "the naive interval misses it");
  assert.ok(
    planted < row("single rewrite").low || planted > row("single rewrite").high,
    "the single rewrite's interval misses it",
  );
  assert.deepEqual(
    rows.map((entry: { concept: string }) => entry.concept),
    ["length", "formality", "sentiment"],
  );
  const again = join(whole, "again.html");
  assert.equal((await rate(["report", whole, "--output", again])).code, 0);
  assert.match(readFileSync(again, "utf8"), /Why rewrite twice/, "the check is known from the files");
  const html = readFileSync(join(whole, "report.html"), "utf8");
  assert.doesNotMatch(html, /\ssrc\s*=|href\s*="[^#]|url\(|@import/i);
});
