import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { findAttribute } from "../../../src/datasets/attributes/index.js";
import { templateFromColumns } from "../../../src/datasets/loading/columns.js";
import { findTemplate } from "../../../src/datasets/templates/index.js";
import { sourceCodeOf } from "../../../src/datasets/templates/source-code.js";
import { emptyFolder } from "../../support/folders.js";

const textOf = async (...given: Parameters<typeof sourceCodeOf>) =>
  (await sourceCodeOf(...given)).map(({ path, text }) => `// ${path}\n${text}`).join("\n");

test("a built-in template comes with the functions that it calls, and no others", async () => {
  const code = await textOf(findTemplate("hh_rlhf_harmlessness"), null);
  for (const called of [
    "function firstExchange(",
    "function turnsAt(",
    "const SPEAKER =",
    "function startsWithVowel(",
  ])
    assert.ok(code.includes(called), called);
  assert.ok(!code.includes("function turnsOfPrompt("));
});

test("own data comes with the readers of its columns and the attribute's rule", async () => {
  const data = { file: "x.jsonl", columns: { response: "text", treated: "long" }, prompt: "p" };
  const template = templateFromColumns("mine", findAttribute("sentiment"), data, false);
  const code = await textOf(template, null);
  for (const called of [
    "function labelOf(",
    "function readLabel(",
    "function splitConversation(",
    "function valence(",
  ])
    assert.ok(code.includes(called), called);
});

test("a template of one's own comes whole, with what it imports from its folder", async (t) => {
  const folder = emptyFolder(t);
  writeFileSync(join(folder, "helper.ts"), "export const limit = 400; // by hand\n");
  const file = join(folder, "own.ts");
  writeFileSync(
    file,
    'import { limit } from "./helper.js";\nimport type { X } from "rate-rm";\nexport default { limit };\n',
  );
  const code = await sourceCodeOf(findTemplate("reviews_length"), file);
  assert.deepEqual(
    code.map(({ path }) => path),
    ["own.ts", "helper.ts"],
  );
  assert.match(code[1]!.text, /by hand/);
});
