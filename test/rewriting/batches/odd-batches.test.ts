import assert from "node:assert/strict";
import { test } from "node:test";
import type { OddBehaviour } from "../../support/odd-batches.js";
import { checkMoney, oddSeed, oddStudy, PRICE_OF_ONE } from "./odd-batches.js";

const PROVIDERS = ["openai", "anthropic"] as const;

// A few seeds of each; `make test-batches` has sixty.
for (const provider of PROVIDERS)
  test(`${provider}: whatever the results are like, nothing is paid twice and the money said is the money billed`, async (t) => {
    for (let seed = 1; seed <= 6; seed += 1) await oddSeed(t, provider, seed);
  });

for (const provider of PROVIDERS)
  for (const download of ["login page", "nothing", "cut", "cut in a line"] as const)
    test(`${provider}: results that stay ${download} leave their batch open, and are not paid again`, async (t) => {
      const behaviour: OddBehaviour = { provider, fate: () => "answer", downloads: () => [download] };
      const { server, make, said } = await oddStudy(t, behaviour, 6);
      const first = await make();
      assert.equal(first.failure?.kind, "work");
      assert.match(
        first.failure.message,
        /batch batch_0: \d+ of 3 answers are missing: .*; it stays open and is not paid again: the same command, or rate batches resume, looks again/,
      );
      assert.match(said.join("\n"), /batch batch_0: has ended, but .*; looking again/);
      const again = await make();
      assert.equal(again.failure?.kind, "work");
      checkMoney(server, again.spent, false, download);
      server.heal();
      const done = await make();
      assert.equal(done.failure, null, done.failure?.message);
      checkMoney(server, done.spent, true, download);
      assert.equal(server.bill.answers, 12);
    });

for (const provider of PROVIDERS)
  test(`${provider}: two hundred answers of unexpected form are paid once, counted, and the others kept`, async (t) => {
    const behaviour: OddBehaviour = {
      provider,
      fate: (prompt: string) => (/review \d*[05] /.test(prompt) ? "odd" : "answer"),
      downloads: () => ["whole"],
    };
    const { server, make, stored } = await oddStudy(t, behaviour, 20);
    const done = await make();
    assert.equal(done.failure, null, done.failure?.message);
    checkMoney(server, done.spent, true, provider);
    const failed = Object.values(stored()).filter(
      ({ rewrite_failure: failure }) => failure?.reason === "unreadable",
    );
    assert.equal(failed.length, 4);
    assert.equal(server.bill.answers, 36);
  });

test("what is billed and cannot be read is known from the batch's own bill", async (t) => {
  const behaviour: OddBehaviour = {
    provider: "openai",
    tellsUsage: true,
    fate: (prompt: string) =>
      /review 0 /.test(prompt)
        ? "nameless"
        : /review 3 /.test(prompt)
          ? "torn"
          : /review 4 /.test(prompt)
            ? "odd without usage"
            : "answer",
    downloads: () => ["whole"],
  };
  const { server, make } = await oddStudy(t, behaviour, 8);
  const done = await make(100);
  assert.equal(done.failure, null, done.failure?.message);
  checkMoney(server, done.spent, true, "openai");
});

test("a limit stops before it is passed, and what a batch holds is set aside when the run goes on", async (t) => {
  const behaviour: OddBehaviour = {
    provider: "openai",
    fate: () => "answer",
    downloads: () => ["login page"],
  };
  const { server, make } = await oddStudy(t, behaviour, 6);
  const first = await make(6 * PRICE_OF_ONE);
  assert.match(first.failure!.message, /stays open/);
  server.heal();
  const second = await make(6 * PRICE_OF_ONE);
  // The first rewrites have come in; the second ones would pass the limit.
  assert.match(second.failure!.message, /the limit of \$0\.54 would be passed: \$0\.54 spent/);
  assert.equal(server.bill.answers, 6);
  const third = await make(100);
  assert.equal(third.failure, null);
  checkMoney(server, third.spent, true, "openai");
});
