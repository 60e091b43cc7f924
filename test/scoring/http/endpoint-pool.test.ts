import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { openHttpModel } from "../../../src/scoring/http/model.js";
import { type RewardServer, rewardServer, SERVED_MODEL, type Speaks } from "../../support/reward-servers.js";
import { expectedReward, inputsOf, toyModel, toyWorld } from "./toy-model.js";

const ALL: readonly Speaks[] = ["vllm", "vllm-pooling", "sglang", "tei", "reward-server"];

/** Scores with servers that turn bad once the probe is over. */
async function scoreWith(
  speaks: Speaks,
  servers: readonly RewardServer[],
  turn: () => void = () => undefined,
  world = toyWorld(),
) {
  const inputs = inputsOf(200);
  const opened = await openHttpModel(toyModel(speaks, servers), world);
  turn();
  const scores = await opened.score(inputs);
  assert.deepEqual(
    scores.map(({ reward }) => reward),
    inputs.map((input) => expectedReward(speaks, input)),
  );
  return { scores, inputs, world };
}

for (const speaks of ALL) {
  test(`${speaks}: every text has its own score`, async (t) => {
    const { scores, inputs } = await scoreWith(speaks, [await rewardServer(t, speaks)]);
    assert.equal(scores[7]!.tokens, inputs[7]!.response.length);
    assert.match(scores[7]!.inputHash!, /^[0-9a-f]+$/);
    assert.equal(scores[7]!.bosCount, 1);
  });

  test(`${speaks}: a server that dies leaves its work to the other one`, async (t) => {
    const servers = [await rewardServer(t, speaks), await rewardServer(t, speaks)];
    const { world } = await scoreWith(speaks, servers, () => {
      let count = 0;
      servers[0]!.upset = () => (++count > 3 ? "die" : null);
    });
    assert.ok(servers[1]!.scored.length > 100, world.said.join());
  });
}

test("token ids are sent as they are, with no special tokens added and no activation", async (t) => {
  const server = await rewardServer(t, "vllm");
  await scoreWith("vllm", [server]);
  const { path, body } = server.requests.at(-1)!;
  assert.equal(path, "/classify");
  assert.equal(body.add_special_tokens, false);
  assert.equal(body.use_activation, false);
  assert.equal(body.model, SERVED_MODEL);
  assert.ok((body.input as unknown[][]).every((ids) => ids.every((id) => typeof id === "number")));
});

test("text-embeddings-inference gets each text in a list of its own, and no more than it takes at once", async (t) => {
  const server = await rewardServer(t, "tei", { outputs: 2 });
  const target = toyModel("tei", [server], {
    reader: { rewardKeys: ["toy"], places: [{ value: 1, minus: null }], reduce: null },
  });
  const inputs = inputsOf(200);
  const scores = await (await openHttpModel(target, toyWorld())).score(inputs);
  // Its rows are sorted by score: the second output is the toy's reward whichever comes first.
  assert.deepEqual(
    scores.map(({ reward }) => reward),
    inputs.map((input) => expectedReward("tei", input)),
  );
  for (const { body } of server.requests) {
    const texts = body.inputs as string[][];
    assert.ok(texts.length <= 16 && texts.every((one) => one.length === 1));
    assert.equal(body.raw_scores, true);
  }
});

test("equal texts are scored once", async (t) => {
  const server = await rewardServer(t, "sglang");
  const model = await openHttpModel(toyModel("sglang", [server]), toyWorld());
  const before = server.scored.length;
  const scores = await model.score(Array.from({ length: 30 }, () => ({ prompt: "", response: "the same" })));
  assert.equal(server.scored.length - before, 1);
  assert.equal(new Set(scores.map(({ reward }) => reward)).size, 1);
});

test("429, 503 and cut connections are tried again", async (t) => {
  const server = await rewardServer(t, "vllm");
  const troubles = [
    { status: 503 },
    { status: 429, headers: { "retry-after": "0.05" } },
    "cut",
    { status: 504 },
  ] as const;
  await scoreWith("vllm", [server], () => {
    let count = 0;
    server.upset = () => troubles[count++] ?? null;
  });
});

test("a server whose answer has no end leaves its work to the other one", async (t) => {
  const servers = [await rewardServer(t, "vllm"), await rewardServer(t, "vllm")];
  await scoreWith("vllm", servers, () => {
    servers[0]!.upset = () => "endless";
  });
});

test("a server that hangs leaves its work to the other one", async (t) => {
  const servers = [await rewardServer(t, "vllm"), await rewardServer(t, "vllm")];
  await scoreWith("vllm", servers, () => {
    servers[0]!.upset = () => "hang";
  });
});

for (const fault of ["fewer rows", "NaN", "null", "adds BOS", "twice"] as const) {
  test(`a server that turns to "${fault}" has none of its scores kept`, async (t) => {
    const servers = [await rewardServer(t, "vllm"), await rewardServer(t, "vllm")];
    await scoreWith("vllm", servers, () => {
      servers[0]!.fault = fault;
    });
  });
}

// Each waits for the pauses between its tries.
describe("a fault everywhere", { concurrency: true }, () => {
  for (const fault of ["fewer rows", "NaN", "null", "adds BOS", "twice", "cuts"] as const) {
    test(`with "${fault}" everywhere scoring ends with an error`, async (t) => {
      const server = await rewardServer(t, "vllm");
      const model = await openHttpModel(toyModel("vllm", [server]), toyWorld());
      server.fault = fault;
      const long = Array.from({ length: 20 }, (_, index) => ({
        prompt: "",
        response: `${index} ${"long ".repeat(20)}`,
      }));
      await assert.rejects(model.score(long), /got no usable score; none is kept/);
    });
  }
});

test("one endpoint that stays away is a clear error after a while", async (t) => {
  const server = await rewardServer(t, "vllm");
  const model = await openHttpModel(toyModel("vllm", [server]), toyWorld());
  server.close();
  const gone = /no reward model server is left; .*the same command goes on\n.*connection refused/s;
  await assert.rejects(model.score(inputsOf(20)), gone);
});

test("texts that are refused together are sent in smaller parts", async (t) => {
  const server = await rewardServer(t, "vllm");
  await scoreWith("vllm", [server], () => {
    server.upset = () =>
      (server.requests.at(-1)!.body.input as unknown[]).length > 2
        ? { status: 413, body: { error: "too large" } }
        : null;
  });
});

test("a text that is refused alone is named", async (t) => {
  const server = await rewardServer(t, "vllm");
  const model = await openHttpModel(toyModel("vllm", [server]), toyWorld());
  const body = { error: { message: "maximum context length is 12 tokens" } };
  server.upset = () => {
    const texts = (server.requests.at(-1)!.body.input as number[][]).map((ids) =>
      String.fromCodePoint(...ids),
    );
    return texts.some((text) => text.startsWith("text 13 ")) ? { status: 400, body } : null;
  };
  const named = /refuses a text of 21 tokens \("text 13 .*maximum context length is 12 tokens/;
  await assert.rejects(model.score(inputsOf(40)), named);
});

test("a wrong address, a wrong server and a key in the address are said", async (t) => {
  const open = (...urls: string[]) =>
    openHttpModel(
      toyModel(
        "sglang",
        urls.map((url) => ({ url })),
      ),
      toyWorld(),
    );
  await assert.rejects(open("localhost:8000"), /expected an address such as http/);
  await assert.rejects(open("http://me:secret-key@localhost:8000"), (error: Error) => {
    assert.match(error.message, /SCORING_API_KEY/);
    assert.doesNotMatch(error.message, /secret-key/);
    return true;
  });
  await assert.rejects(open("http://127.0.0.1:9"), /127.0.0.1:9: /);
  const other = await rewardServer(t, "tei");
  await assert.rejects(open(other.url), /has no \/model_info: is it a sglang server/);
  await assert.rejects(open(other.url, `${other.url}/`), /one is named twice/);
});

test("a key goes out with every request and is shown nowhere", async (t) => {
  const server = await rewardServer(t, "vllm");
  const world = toyWorld(undefined, { apiKey: "sk-secret-1" });
  await scoreWith("vllm", [server], () => undefined, world);
  assert.equal(server.requests.at(-1)!.key, "Bearer sk-secret-1");
  for (const status of [401, 400]) {
    server.upset = () => ({ status, body: { error: { message: "bad key sk-secret-1" } } });
    await assert.rejects(openHttpModel(toyModel("vllm", [server]), world), (error: Error) => {
      assert.match(error.message, status === 401 ? /set SCORING_API_KEY/ : /400: bad key \[key\]/);
      return !error.message.includes("sk-secret-1");
    });
  }
});

test("an abort ends scoring at once", async (t) => {
  const server = await rewardServer(t, "vllm");
  const controller = new AbortController();
  const world = toyWorld(controller.signal, { timeoutMs: 60_000 });
  const model = await openHttpModel(toyModel("vllm", [server]), world);
  server.upset = () => "hang";
  setTimeout(() => controller.abort(), 50);
  const started = Date.now();
  await assert.rejects(model.score(inputsOf(20)), { name: "AbortError" });
  assert.ok(Date.now() - started < 5000);
});
