import assert from "node:assert/strict";
import { test } from "node:test";
import { isSameModel } from "../../../src/scoring/http/identity.js";
import { openHttpModel } from "../../../src/scoring/http/model.js";
import { type ListedModel, rewardServer, type Speaks } from "../../support/reward-servers.js";
import { toyModel, toyWorld } from "./toy-model.js";

test("names of one model", () => {
  const same: [string, string][] = [
    ["org/name", "org/name"],
    ["Org/Name", "org/name/"],
    ["org/name", "/models/name"],
    [
      "org/name",
      "/root/.cache/huggingface/hub/models--org--name/snapshots/0123456789012345678901234567890123456789",
    ],
    ["/here/rm", "/there/rm"],
    ["./rm", "rm"],
    ["/a/run1/checkpoint-500", "/b/run1/checkpoint-500"],
  ];
  for (const [wanted, said] of same) assert.ok(isSameModel(wanted, said), `${wanted} is ${said}`);
  const other: [string, string][] = [
    ["org/name", "other/name"],
    ["org/name", "org/name-v2"],
    ["org/name", "/models/name-v2"],
    ["org/name", "models--org--name-v2/snapshots/1"],
    ["/here/rm", "org/rm"],
    ["/a/run1/checkpoint-500", "/b/run2/checkpoint-500"],
    ["org/name", "name-of-something"],
    ["/a/final", "/b/final"],
  ];
  for (const [wanted, said] of other) assert.ok(!isSameModel(wanted, said), `${wanted} is not ${said}`);
});

/** What a server lists, what the recipe wants, and what must come of it. */
const CASES: readonly [
  string,
  readonly ListedModel[],
  { model?: string; servedModel?: string },
  RegExp | string,
][] = [
  ["the model itself", [{ id: "org/rm" }], {}, "org/rm"],
  ["an alias of it", [{ id: "alias", root: "org/rm" }], {}, "alias"],
  [
    "two names of it",
    [
      { id: "a", root: "org/rm" },
      { id: "b", root: "org/rm" },
    ],
    {},
    "a",
  ],
  [
    "another one",
    [{ id: "other-org/a-different-rm", root: "other-org/a-different-rm" }],
    {},
    /serves other-org\/a-different-rm, but the recipe toy is for org\/rm; .*served_model: "other-org\/a-different-rm"/,
  ],
  [
    "another one under its name",
    [{ id: "org/rm", root: "other/rm" }],
    {},
    /serves org\/rm \(other\/rm\), but/,
  ],
  ["another one, on purpose", [{ id: "other/rm" }], { servedModel: "other/rm" }, "other/rm"],
  [
    "a LoRA adapter beside its base",
    [
      { id: "org/rm", root: "org/rm" },
      { id: "my-adapter", root: "/adapters/my", parent: "org/rm" },
    ],
    {},
    /several models: org\/rm, my-adapter \(\/adapters\/my\), a LoRA adapter of org\/rm; say which/,
  ],
  [
    "the adapter, named",
    [
      { id: "org/rm", root: "org/rm" },
      { id: "my-adapter", root: "/adapters/my", parent: "org/rm" },
    ],
    { servedModel: "my-adapter" },
    "my-adapter",
  ],
  [
    "an adapter alone, called as the model is",
    [{ id: "org/rm", root: "org/rm", parent: "org/base" }],
    {},
    /serves org\/rm, a LoRA adapter of org\/base, but/,
  ],
  [
    "a name that is not served",
    [{ id: "org/rm" }],
    { servedModel: "org/rn" },
    /serves org\/rm; served_model of toy is "org\/rn"/,
  ],
];

for (const [what, models, wanted, expected] of CASES) {
  test(`vllm serves ${what}`, async (t) => {
    const server = await rewardServer(t, "vllm", { models });
    const target = toyModel("vllm", [server], { wanted: { recipe: "toy", model: "org/rm", ...wanted } });
    if (typeof expected !== "string") return assert.rejects(openHttpModel(target, toyWorld()), expected);
    await openHttpModel(target, toyWorld());
    assert.equal(server.requests.at(-1)!.body.model, expected);
  });
}

for (const speaks of ["sglang", "tei", "reward-server"] satisfies Speaks[]) {
  test(`another model behind ${speaks} is refused by name, unless it is meant`, async (t) => {
    const server = await rewardServer(t, speaks, { models: [{ id: "other/rm" }] });
    const open = (wanted: { servedModel?: string }) =>
      openHttpModel(
        toyModel(speaks, [server], { wanted: { recipe: "toy", model: "org/rm", ...wanted } }),
        toyWorld(),
      );
    await assert.rejects(open({}), /serves other\/rm, but the recipe toy is for org\/rm/);
    assert.equal(server.scored.length, 0);
    const { facts } = await open({ servedModel: "other/rm" });
    assert.match(JSON.stringify(facts.probe), /"model":"other\/rm"/);
  });
}
