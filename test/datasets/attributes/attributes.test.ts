import assert from "node:assert/strict";
import { test } from "node:test";
import { ATTRIBUTES, findAttribute } from "../../../src/datasets/attributes/index.js";
import { openBuiltin } from "../../../src/rewriting/builtin/index.js";
import { ruleOver } from "../../support/rules.js";

const classify = (name: string, text: string, texts: readonly string[] = []) =>
  ruleOver(findAttribute(name), texts).classify(text);

test("every attribute has both strings, a prompt with both places, and a question", () => {
  for (const [name, attribute] of Object.entries(ATTRIBUTES)) {
    assert.equal(attribute.name, name);
    assert.notEqual(attribute.labels.treated, attribute.labels.untreated);
    for (const place of ["{original_completion}", "{w_counterfactual_string}"])
      assert.equal(attribute.rewritePrompt.split(place).length, 2, name);
    assert.match(attribute.judgeQuestion, /\?$/);
  }
});

test("length is split at the median of the characters, code points counting once", () => {
  const texts = ["a", "bb", "ccc", "dddd", "🙂🙂🙂🙂🙂"];
  assert.deepEqual(
    texts.map((text) => classify("length", text, texts)),
    [false, false, false, true, true],
  );
});

test("formality, sentiment and lists by their rules", () => {
  assert.deepEqual(
    [classify("formality", "It's gonna be fun."), classify("formality", "The item was purchased.")],
    [false, true],
  );
  assert.deepEqual(
    [
      classify("sentiment", "I love it."),
      classify("sentiment", "It is not good."),
      classify("sentiment", "A table."),
    ],
    [true, false, false],
  );
  assert.deepEqual(
    [
      classify("list_structure", "- a\n- b"),
      classify("list_structure", "1. a\n2) b"),
      classify("list_structure", "a - b\n3 of them"),
    ],
    [true, true, false],
  );
});

test("lists of Chinese and Japanese, other bullets, and numbers without a space are lists; numbers in prose are none", () => {
  for (const lines of [
    ["1、先拆下车轮", "2、检查内胎"],
    ["一、拆轮", "二、补胎"],
    ["①拆轮", "② 补胎"],
    ["・外す", "・直す"],
    ["１．外す", "２．直す"],
    ["1)外す", "2)直す"],
    ["（一）拆轮", "（二）补胎"],
    ["(1) one", "(2) two"],
    ["1.Take it off", "2.Put it on"],
    ["●one", "○ two"],
    ["– one", "– two"],
  ])
    assert.equal(classify("list_structure", `前\n${lines.join("\n")}`), true, lines[0]);
  for (const text of [
    "先拆下车轮再补胎。",
    "3.5 of 4\n4.25 more",
    "1990. A year\n2001. Another",
    "-5 degrees\n-3 later",
    "一个人\n两个人",
  ])
    assert.equal(classify("list_structure", text), false, text);
});

test("what has no rule, and what the built-in rewriter cannot do, is said", () => {
  assert.throws(() => ruleOver(findAttribute("jargon"), []), /jargon has no rule/);
  assert.throws(
    () => openBuiltin({ attribute: findAttribute("jargon"), rule: null }),
    /cannot rewrite jargon \(it can: length, formality, sentiment, vowels, /,
  );
  assert.throws(() => findAttribute("lenth"), /no attribute "lenth"; did you mean length\?/);
});
