import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { REPOSITORY } from "../support/folders.js";

const page = readFileSync(join(REPOSITORY, "docs", "architecture.md"), "utf8");
const [, ways] = /<!-- ways:[\s\S]*?-->([\s\S]*?)<!-- end of ways -->/.exec(page)!;
const steps = [...ways!.matchAll(/^(\d+)\. `(\w+)` \(`([^`]+)`\)/gm)].map(([, number, name, path]) => ({
  number: Number(number),
  name: name!,
  text: readFileSync(join(REPOSITORY, "src", path!), "utf8"),
  path: path!,
}));

test("the ways of an example and of two flags name functions that are there", () => {
  assert.ok(steps.length > 30, `only ${steps.length} steps`);
  for (const { name, text, path } of steps)
    assert.match(
      text,
      new RegExp(`^export (?:async )?(?:function\\*?|class|const) ${name}\\b`, "m"),
      `${path}: ${name}`,
    );
});

test("every step of a way is called by the file of an earlier step", () => {
  let way: typeof steps = [];
  for (const step of steps) {
    if (step.number === 1) way = [];
    else {
      const called = way.some(({ text }) => new RegExp(`\\b${step.name}\\b`).test(text));
      assert.ok(called, `${step.path}: ${step.name} is named in none of the files before it`);
    }
    way.push(step);
  }
});
