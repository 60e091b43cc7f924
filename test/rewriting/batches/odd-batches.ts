import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { findAttribute } from "../../../src/datasets/attributes/index.js";
import { isRateError } from "../../../src/domain/errors.js";
import { fractionOf } from "../../../src/domain/hash.js";
import { Ledger, SpendingLimit } from "../../../src/domain/ledger.js";
import { createDataset } from "../../../src/rewriting/stage/create-dataset.js";
import type { DatasetJob } from "../../../src/rewriting/stage/dataset-job.js";
import type { Context } from "../../../src/storage/project/context.js";
import { Project } from "../../../src/storage/project/project.js";
import { emptyFolder } from "../../support/folders.js";
import {
  ANSWER_TOKENS,
  type Download,
  type Fate,
  type OddBehaviour,
  type OddServer,
  oddBatches,
  PROMPT_TOKENS,
} from "../../support/odd-batches.js";

/** Dollars for a million tokens, live; batches cost half. */
const PRICES = { prompt: 1000, completion: 2000 };
export const PRICE_OF_ONE = (0.5 * (PROMPT_TOKENS * PRICES.prompt + ANSWER_TOKENS * PRICES.completion)) / 1e6;

/** A data set that an odd server rewrites. */
export async function oddStudy(t: TestContext, behaviour: OddBehaviour, examples: number) {
  const server = await oddBatches(t, behaviour);
  const folder = emptyFolder(t);
  const rows = Array.from({ length: examples }, (_, id) => ({ id, text: `review ${id} ${"x".repeat(id)}` }));
  writeFileSync(join(folder, "rows.jsonl"), rows.map((row) => JSON.stringify(row)).join("\n"));
  const job: DatasetJob = {
    template: {
      name: "rows",
      source: { kind: "file", path: join(folder, "rows.jsonl") },
      idColumn: "id",
      question: () => "",
      completion: (row) => String(row.text),
      treated: { by: "rule" },
      attribute: findAttribute("length"),
    },
    rewriter: behaviour.provider === "openai" ? "openai-batch" : "anthropic-batch",
    chat: { model: "m", baseUrl: server.url },
    batch: { maxRequests: Math.ceil(examples / 2), pollSeconds: 0.01, searchSeconds: 0.1 },
    prices: PRICES,
  };
  const project = await Project.open(folder);
  const said: string[] = [];
  /** Makes the data set, as a command does; the same again goes on. */
  const make = async (maxCost: number | null = null) => {
    const ledger = new Ledger(new SpendingLimit(maxCost));
    const context: Context = {
      project,
      stamp: { timestamp: "20260101_120000", smokeTest: false },
      version: "0",
      environment: { OPENAI_API_KEY: "sk-odd-1234567890", ANTHROPIC_API_KEY: "sk-odd-1234567890" },
      fetch,
      signal: new AbortController().signal,
      ledger,
      progress: () => ({ advance() {}, end() {} }),
      confirm: async () => true,
      say: (line) => void said.push(line),
    };
    const failure = await createDataset(job, context).then(
      () => null,
      (cause: unknown) => {
        if (!isRateError(cause)) throw cause;
        return cause;
      },
    );
    return { failure, spent: ledger.limit.spent, reserved: ledger.limit.reserved };
  };
  const stored = (): Record<
    string,
    { completions: Record<string, string>; rewrite_failure?: { reason: string } }
  > =>
    JSON.parse(
      readFileSync(project.rewrites("rows", { timestamp: "20260101_120000", smokeTest: false }), "utf8"),
    );
  return { server, make, stored, said };
}

/** Nothing is billed twice, and what is said is what is billed: exactly where every bill is known, and never less. */
export function checkMoney(server: OddServer, spent: number, exact: boolean, where: string): void {
  const twice = [...server.billed].filter(([, times]) => times > 1);
  assert.deepEqual(twice, [], `${where}: billed twice`);
  const bill = server.bill.answers * PRICE_OF_ONE;
  if (exact) assert.ok(Math.abs(spent - bill) < 1e-9, `${where}: $${spent} said, $${bill} billed`);
  // What cannot be read and says nothing of its bill is assumed to cost what was set aside.
  else assert.ok(spent < 3 * bill, `${where}: $${spent} said, $${bill} billed`);
}

/** One study with an odd provider, all of whose moods a seed decides. */
export async function oddSeed(t: TestContext, provider: "openai" | "anthropic", seed: number): Promise<void> {
  const roll = (what: string) => fractionOf(`${seed} ${provider} ${what}`);
  const tellsUsage = provider === "openai" && roll("usage") < 0.5;
  const isBad = roll("bad") < 0.3;
  const bad = (["login page", "nothing", "cut", "cut in a line"] as const)[Math.floor(4 * roll("kind"))]!;
  const passing: readonly Download[] = ["broken", "oops", "cut", "nothing", "login page", "cut in a line"];
  const fates: readonly Fate[] = [
    "odd",
    "odd without usage",
    "torn",
    "nameless",
    "overloaded",
    "expired",
    "rejected",
  ];
  let unknownBills = 0;
  const behaviour: OddBehaviour = {
    provider,
    tellsUsage,
    ...(roll("counts") < 0.15 && { counts: false }),
    fate(prompt, sends) {
      const chance = fractionOf(`${seed} fate ${prompt}`);
      if (chance > 0.3) return "answer";
      const fate = fates[Math.floor((fates.length * chance) / 0.3)]!;
      // What a provider fails to do it does at the second time.
      if (sends > 0 && (fate === "overloaded" || fate === "expired")) return "answer";
      if (fate === "odd without usage" || fate === "torn" || fate === "nameless") unknownBills += 1;
      return fate;
    },
    downloads(batch) {
      if (isBad && batch === 0) return [bad];
      const odd = Math.floor(3 * roll(`downloads ${batch}`));
      return [
        ...Array.from({ length: odd }, (_, at) => passing[Math.floor(6 * roll(`${batch} ${at}`))]!),
        "whole" as const,
      ];
    },
    namedAfter: (batch) => Math.floor(4 * roll(`named ${batch}`)),
    lost: roll("lost") < 0.3 ? [Math.floor(3 * roll("which"))] : [],
  };
  const where = `${provider}, seed ${seed}`;
  const { server, make, stored, said } = await oddStudy(t, behaviour, 12);
  let done = await make(roll("limit") < 0.5 ? 1000 : null);
  let tries = 1;
  for (; done.failure !== null && tries < 6; tries += 1) {
    assert.equal(done.failure.kind, "work", `${where}: ${done.failure.message}`);
    assert.match(done.failure.message, /stays open and is not paid again/, where);
    server.heal();
    done = await make(roll("limit") < 0.5 ? 1000 : null);
  }
  assert.equal(done.failure, null, `${where}: ${done.failure?.message}\n${said.join("\n")}`);
  assert.ok(Math.abs(done.reserved) < 1e-9, `${where}: $${done.reserved} stay reserved`);
  checkMoney(server, done.spent, unknownBills === 0 || tellsUsage, where);
  for (const [id, { completions, rewrite_failure: failure }] of Object.entries(stored())) {
    if (failure) assert.match(failure.reason, /^(?:unreadable|rejected)$/, `${where}: example ${id}`);
    else assert.ok(completions["rewritten rewrite"], `${where}: example ${id}`);
  }
}
