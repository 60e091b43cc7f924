import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { findAttribute } from "../../../src/datasets/attributes/index.js";
import { reviewSentences } from "../../../src/datasets/sources/review-sentences.js";
import type { ExampleId } from "../../../src/domain/example.js";
import { fillPrompt, promptFor } from "../../../src/rewriting/backends/prompts.js";
import { openBuiltin } from "../../../src/rewriting/builtin/index.js";
import { tidy } from "../../../src/rewriting/builtin/tidy.js";
import { ruleOver } from "../../support/rules.js";

const sentences: string[] = [];
for await (const { row } of reviewSentences()) sentences.push(String(row.text));

function rewriterOf(name: string) {
  const attribute = findAttribute(name);
  const rule = ruleOver(attribute, sentences);
  const rewriter = openBuiltin({ attribute, rule });
  assert.equal(rewriter.kind, "each");
  const rewrite = async (text: string, target: boolean): Promise<string> => {
    const request = { id: "0" as ExampleId, step: "rewrite", attempt: 0, text, target, prompt: "" } as const;
    if (rewriter.kind !== "each") throw new Error("not this kind");
    const { outcome } = await rewriter.rewrite(request, new AbortController().signal);
    return outcome.status === "ok" ? outcome.text : "";
  };
  return { rewrite, classify: rule.classify };
}

for (const [name, least] of [
  ["length", 0.95],
  ["formality", 0.8],
  ["sentiment", 0.8],
] as const) {
  test(`${name}: flips succeed in at least ${100 * least} % of the review sentences, in both directions and for both rewrites`, async () => {
    const { rewrite, classify } = rewriterOf(name);
    const counts: Record<string, [number, number]> = {};
    const count = (key: string, ok: boolean) => {
      const [succeeded, of] = counts[key] ?? [0, 0];
      counts[key] = [succeeded + Number(ok), of + 1];
    };
    for (const text of sentences) {
      const w = classify(text) === true;
      const first = await rewrite(text, !w);
      const second = await rewrite(first, w);
      count(`rewrite to ${!w}`, classify(first) === !w);
      count(`rewrite of rewrite to ${w}`, classify(second) === w);
    }
    assert.equal(Object.keys(counts).length, 4);
    for (const [key, [ok, of]] of Object.entries(counts))
      assert.ok(ok / of >= least, `${key}: ${ok} of ${of}`);
  });

  test(`${name}: any text whatever is rewritten, always the same way, and never to nothing`, async () => {
    const { rewrite } = rewriterOf(name);
    await fc.assert(
      fc.asyncProperty(
        fc.string({ unit: "grapheme", minLength: 1, maxLength: 60 }),
        fc.boolean(),
        async (text, target) => {
          if (tidy(text) === "") return;
          const once = await rewrite(text, target);
          assert.notEqual(once.trim(), "");
          assert.equal(await rewrite(text, target), once);
        },
      ),
    );
  });
}

test("tidying mends what is off target, as documented", () => {
  assert.equal(tidy("  so   GOOD!!!  I recieve it<br /><br />yes :)"), "So good. I receive it yes");
  assert.equal(tidy("wait...what ,, i think i'm ok??"), "Wait. What, I think I'm ok?");
  assert.equal(tidy("My LCD TV is fine."), "My LCD TV is fine.");
});

test("tidying twice changes nothing more", () => {
  for (const text of sentences) assert.equal(tidy(tidy(text)), tidy(text), JSON.stringify(text));
});

test("length: many times the threshold and a single long word come below it too", async () => {
  const { rewrite, classify } = rewriterOf("length");
  for (const text of ["word ".repeat(2000), "x".repeat(5000), "One, two, three; four. ".repeat(100)])
    assert.equal(classify(await rewrite(text, false)), false);
});

test("what stands in a text is never expanded in a prompt", () => {
  const text = "{w_counterfactual_string} {original_completion} $& $1";
  assert.equal(
    fillPrompt("{original_completion}|{w_counterfactual_string}|{other}", text, "longer"),
    `${text}|longer|{other}`,
  );
});

test("a placebo's prompt names the attribute, whatever its labels say", () => {
  for (const target of [true, false])
    assert.match(
      promptFor(findAttribute("list_structure"), "placebo", "a text", target),
      /^a text\n\n\[Reword this text lightly, but leave its list structure exactly as it is/,
    );
  const own = {
    ...findAttribute("length"),
    placeboPrompt: "{original_completion} as {w_counterfactual_string}",
  };
  assert.equal(promptFor(own, "placebo", "a text", true), "a text as longer");
});
