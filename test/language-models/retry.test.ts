import assert from "node:assert/strict";
import { test } from "node:test";
import { policy } from "../../src/language-models/api.js";
import { ApiError } from "../../src/language-models/api-error.js";
import { pauseAskedBy } from "../../src/language-models/limit.js";
import { backoff, retry } from "../../src/language-models/retry.js";

const never = new AbortController().signal;
const failure = (status: number | null, more: { code?: string; pauseMs?: number; again?: boolean } = {}) =>
  new ApiError("x", status, more.code ?? null, more.pauseMs ?? 0, more.again ?? null);

test("what fails is tried again with the policy's pauses; the last failure is thrown as it came", async () => {
  const causes = [new Error("a"), new Error("b"), new Error("c")];
  const seen: unknown[] = [];
  let calls = 0;
  const attempt = async () => {
    throw causes[calls++];
  };
  const thrown = await retry(
    attempt,
    (cause, failures) => {
      seen.push([cause, failures]);
      return failures < 3 ? 1 : null;
    },
    never,
  ).catch((cause) => cause);
  assert.equal(thrown, causes[2]);
  assert.deepEqual(
    seen,
    causes.map((cause, index) => [cause, index + 1]),
  );
  assert.equal(
    await retry(
      async () => 7,
      () => null,
      never,
    ),
    7,
  );
});

test("an abort is not retried, and cuts a pause short", async () => {
  const controller = new AbortController();
  const started = performance.now();
  setTimeout(() => controller.abort(new Error("stopped")), 20);
  const attempt = async () => {
    throw new Error("fails");
  };
  await assert.rejects(
    retry(attempt, () => 60_000, controller.signal),
    /stopped/,
  );
  assert.ok(performance.now() - started < 10_000);
});

test("pauses double up to the longest, by chance up to a half shorter", () => {
  const most = [1, 2, 3, 4, 5].map((failures) => backoff(failures, 500, 3000, () => 0));
  assert.deepEqual(most, [500, 1000, 2000, 3000, 3000]);
  assert.equal(
    backoff(2, 500, 3000, () => 1),
    500,
  );
});

for (const [what, cause, failures, again] of [
  ["a broken connection", failure(null), 8, true],
  ["a broken connection, too often", failure(null), 9, false],
  ["too many requests, patiently", failure(429), 20, true],
  ["an account without credit", failure(429, { code: "insufficient_quota" }), 1, false],
  ["the server's own fault", failure(500), 1, true],
  ["a request that is wrong", failure(400), 1, false],
  ["a wrong request that the server calls passing", failure(400, { again: true }), 1, true],
  ["a fault that the server calls lasting", failure(500, { again: false }), 1, false],
  ["an answer that cannot be read", failure(null, { code: "unreadable" }), 2, true],
  ["an answer that cannot be read, which is paid each time", failure(null, { code: "unreadable" }), 3, false],
  ["what is no failure of a call", new Error("bug"), 1, false],
] as const) {
  test(`${what} is ${again ? "tried again" : "final"}`, () => {
    assert.equal(policy(cause, failures) !== null, again);
  });
}

test("the server's pause is kept, in any of its spellings", () => {
  const pause = policy(failure(429, { pauseMs: 5000 }), 1);
  assert.ok(pause! >= 5000 && pause! <= 5500);
  const asked = (headers: Record<string, string>) =>
    pauseAskedBy({ header: (name) => headers[name] ?? null });
  assert.equal(asked({ "retry-after-ms": "12" }), 12);
  assert.equal(asked({ "retry-after": "3" }), 3000);
  assert.ok(Math.abs(asked({ "retry-after": new Date(Date.now() + 9000).toUTCString() }) - 9000) < 1500);
  for (const odd of ["1e400", "Infinity", "-5", "0x10", "1e3", "", "99999999999999999999999999999e999"])
    assert.ok(asked({ "retry-after": odd }) === 0, odd);
  assert.ok(
    asked({ "retry-after": "Fri, 31 Dec 9999 23:59:59 GMT" }) > 1e12,
    "a date far ahead is a long wish",
  );
  for (const pauseMs of [8e6, 1e15, Number.MAX_VALUE]) {
    const wait = policy(failure(503, { pauseMs }), 1)!;
    assert.ok(wait >= 120_000 && wait <= 132_000, "no wish is kept for more than two minutes");
  }
  assert.equal(asked({ "retry-after": "soon" }), 0);
  assert.equal(asked({}), 0);
});
