import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { ATTRIBUTES, findAttribute, resolveRule } from "../../../src/datasets/attributes/index.js";
import { LIBRARY } from "../../../src/datasets/attributes/library/index.js";
import { looksEnglish, sentenceCount, wordsOf } from "../../../src/datasets/attributes/library/text.js";
import { syllables } from "../../../src/datasets/attributes/library/wording.js";
import { fillPrompt } from "../../../src/rewriting/backends/prompts.js";
import { REPOSITORY } from "../../support/folders.js";

/** For each attribute a text that has more of it, and one that has less. */
const PAIRS: Readonly<Record<string, readonly [more: string, less: string]>> = {
  words: ["The soup was hot and good.", "The soup was good."],
  sentences: ["It works. It is cheap. Buy it.", "It works and is cheap."],
  words_per_sentence: ["It works well and it is cheap, so buy it.", "It works. It is cheap. Buy it."],
  paragraphs: ["It works.\n\nIt is cheap.", "It works.\nIt is cheap."],
  list_items: ["Bring:\n- water\n- bread", "Bring water and bread."],
  headings: ["## What to bring\nWater and bread.", "What to bring: water and bread."],
  bold: ["Bring **water** and bread.", "Bring water and bread."],
  italics: ["Bring *water* and bread.", "Bring **water** and bread: 3 * 4 * 5."],
  code: ["Call `run()` first.", "Call the function first."],
  table_rows: ["| a | b |\n| - | - |\n| 1 | 2 |", "a is 1 and b is 2"],
  links: ["See https://example.org/page for more.", "See the page for more."],
  numbers: ["It costs $1,299 and saves 20%.", "It costs much and saves a lot."],
  quotes: ['She said "never again" twice.', "She said it twice, and it's true."],
  questions: ["Why not?", "No reason."],
  exclamation_marks: ["Great! Buy it!", "Great. Buy it."],
  emoji: ["Great 😀🎉", "Great ©"],
  capitals: ["This is REALLY GOOD, and I like it.", "This is really good, and I like it."],
  parentheses: ["It works (most days).", "It works, see [here](page)."],
  dashes: ["It works — most days.", "It works well-known tricks."],
  semicolons_and_colons: ["It works: buy it; be happy.", "It works at 10:30."],
  ellipses: ["It works... sometimes…", "It works sometimes."],
  contractions: ["It’s good and I don't mind that.", "It is good and I do not mind that."],
  hedges: ["It may perhaps be good for you.", "It is good for you."],
  certainty: ["It is definitely and clearly good for you.", "It is good for you."],
  intensifiers: ["It is very, really good for you.", "It is good for you."],
  first_person: ["I like it, and my friends like it.", "People like it, and friends like it."],
  we: ["We like it, and it is ours.", "They like it, and it is theirs."],
  second_person: ["You will like it, and so will your friends.", "People will like it, and so will friends."],
  praise_of_user: ["Great question! The answer is yes.", "The answer is yes."],
  agreement: ["I agree, and you're right about that.", "That is a claim that people make."],
  apologies: ["I'm sorry, but the shop is closed.", "The shop is closed."],
  gratitude: ["Thank you for the note on this.", "The note on this is here."],
  refusals: ["I can't help with that, I'm unable to.", "Here is how it is done."],
  disclaimers: ["As an AI, I advise to consult a professional.", "Here is how it is done."],
  greetings: ["Hello! The shop is open.", "The shop is open, hello."],
  offers: ["The shop is open. Let me know if you have any questions.", "The shop is open."],
  directives: ["You should go, and make sure to pay.", "He went and paid for it."],
  connectives: ["It is good; however, it is dear because it is rare.", "It is good. It is dear. It is rare."],
  steps: ["First wash it, then dry it, finally eat it.", "Wash it and dry it and eat it."],
  examples: ["Eat fruit, for example apples, such as these.", "Eat fruit."],
  summaries: ["In summary, it is good overall.", "It is good."],
  negations: ["It is not good, and nobody doesn't see it.", "It is good, and all see it."],
  concrete_words: ["The dog sat on the chair by the window.", "The notion is at odds with the idea."],
  rare_words: ["Extraordinary circumstances necessitate deliberation.", "Odd times need thought."],
  word_length: ["Extraordinary circumstances.", "Odd times."],
  vocabulary: [
    "one two three four five six seven eight nine ten eleven",
    "one one one one one two two two two two two",
  ],
  repetition: ["it is good it is good it is good", "it is good and cheap and here for all"],
  readability: [
    "The cat sat. The dog ran.",
    "Extraordinary circumstances necessitate considerable deliberation.",
  ],
  sentiment_words: ["It is a wonderful, happy film.", "It is a terrible, sad film."],
  misspellings: [
    "I definately recieved it, and it is sooo good.",
    "I definitely received it, and it is so good.",
  ],
  casual_words: ["Yeah, it is kinda cool stuff.", "Yes, it is quite good material."],
  proper_names: ["We met in Paris with Anna and had tea.", "We met in town with her and had tea."],
};

test("the library has at least 40 attributes, each with all that naming, judging and flipping need", () => {
  const names = Object.keys(LIBRARY);
  assert.ok(names.length >= 40, `${names.length} attributes`);
  assert.deepEqual(Object.keys(PAIRS).sort(), [...names].sort(), "each has a pair of texts in this test");
  for (const [name, attribute] of Object.entries(LIBRARY)) {
    assert.match(name, /^[a-z][a-z_]*$/);
    assert.notEqual(attribute.labels.treated, attribute.labels.untreated);
    assert.match(attribute.judgeQuestion, /^[A-Z].*\?$/);
    assert.match(attribute.description, /\.$/);
    assert.ok(attribute.languages.length > 0);
    assert.equal(findAttribute(name), attribute);
    const prompt = fillPrompt(attribute.rewritePrompt, "A {text}.", attribute.labels.treated);
    assert.ok(prompt.startsWith("A {text}.\n\n[Adjust this response so it "));
    assert.ok(prompt.includes(attribute.labels.treated));
  }
});

for (const [name, [more, less]] of Object.entries(PAIRS))
  test(`${name} tells more from less`, () => {
    const { measure } = LIBRARY[name]!.rule;
    const [a, b] = [measure(more), measure(less)];
    assert.ok(a !== null && b !== null && a > b, `${a} for ${more}; ${b} for ${less}`);
  });

test("measures of English words say nothing of other languages", () => {
  const texts = [
    "这部电影非常好看，我很喜欢。",
    "Der Film war sehr gut, und ich habe ihn gern gesehen.",
    "Этот фильм мне очень понравился.",
    "",
  ];
  for (const [name, { languages, rule }] of Object.entries(LIBRARY))
    for (const text of texts)
      if (languages.includes("en")) assert.equal(rule.measure(text), null, `${name} of ${text}`);
      else assert.ok(rule.measure(text) !== undefined);
  assert.ok(looksEnglish("Great film"));
  assert.ok(!looksEnglish("123 !"));
});

test("words, sentences and syllables are counted as people do", () => {
  assert.deepEqual(wordsOf("Don’t stop: a well-known 2nd try."), [
    "Don’t",
    "stop",
    "a",
    "well-known",
    "nd",
    "try",
  ]);
  assert.ok(wordsOf("我很喜欢这部电影").length >= 4);
  assert.equal(sentenceCount("Version 2.5 works. J. Smith wrote it"), 2);
  assert.equal(sentenceCount("你好。很好！"), 2);
  for (const [word, expected] of [
    ["cat", 1],
    ["table", 2],
    ["banana", 3],
    ["made", 1],
    ["wanted", 2],
  ] as const)
    assert.equal(syllables(word), expected, word);
});

test("lists in Chinese and Japanese, with other bullets, are lists; numbers and dashes in prose are not", () => {
  const { measure } = LIBRARY.list_items!.rule;
  for (const [text, items] of [
    ["1、第一\n2、第二", 2],
    ["（一）总则\n（二）细则", 2],
    ["・りんご\n・みかん", 2],
    ["● one\n○ two", 2],
    ["1) one\n2) two", 2],
    ["-5 degrees outside\n–x", 0],
    ["2024 was good.\n3.5 is a number", 0],
    ["*bold* words", 0],
  ] as const)
    assert.equal(measure(text), items, text);
});

test("any text measures a finite number or null, in all measures", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme", maxLength: 200 }), (text) => {
      for (const [name, { rule }] of Object.entries(LIBRARY)) {
        const value = rule.measure(text);
        assert.ok(value === null || Number.isFinite(value), `${name}: ${value}`);
      }
    }),
    { numRuns: 200 },
  );
});

test("a median of nothing is presence", () => {
  const { classify, threshold } = resolveRule(LIBRARY.emoji!, [0, 0, 0, 2]);
  assert.equal(threshold, 0);
  assert.equal(classify("Nice 😀"), true);
  assert.equal(classify("Nice"), false);
});

test("the documentation lists every attribute", () => {
  const page = readFileSync(join(REPOSITORY, "docs/attributes.md"), "utf8");
  for (const [name, { labels }] of Object.entries(ATTRIBUTES)) {
    assert.ok(page.includes(`\`${name}\``), `docs/attributes.md lacks ${name}`);
    assert.ok(page.includes(labels.treated), `docs/attributes.md lacks ${labels.treated}`);
  }
});
