import assert from "node:assert/strict";
import { test } from "node:test";
import { resultText } from "../../../src/cli/terminal/results.js";
import { inAscii, isAsciiOnly } from "../../../src/cli/terminal/symbols.js";
import { widthOf } from "../../../src/cli/terminal/terminal-width.js";
import { CHECK_SIGNS, VERDICT_SIGNS } from "../../../src/reporting/html/verdicts.js";
import { effectsIn } from "../../support/effects.js";

test("a locale that is set and not of UTF-8 has ASCII alone", () => {
  assert.equal(isAsciiOnly({}), false);
  assert.equal(isAsciiOnly({ LANG: "en_US.UTF-8" }), false);
  assert.equal(isAsciiOnly({ LANG: "en_US.UTF-8", LC_ALL: "C" }), true);
  assert.equal(isAsciiOnly({ LC_CTYPE: "C.utf8", LANG: "C" }), false);
  assert.equal(isAsciiOnly({ LANG: "de_DE.ISO-8859-1" }), true);
});

test("in ASCII every state keeps a mark of its own, and a line its columns", () => {
  for (const signs of [VERDICT_SIGNS, CHECK_SIGNS]) {
    const marks = Object.values(signs).map(({ mark }) => inAscii(mark));
    assert.equal(new Set(marks).size, marks.length);
    for (const mark of marks) assert.match(mark, /^[!-~]$/);
  }
  for (const size of [0.4, -0.4, 0]) {
    const [line] = resultText(effectsIn({ treated: size, untreated: size })).split("\n");
    assert.match(inAscii(line!), /^[ -~]+$/);
    assert.equal(inAscii(line!).length, widthOf(line!));
  }
  assert.match(inAscii(resultText(effectsIn({ arms: "treated" }))), /^[\n -~]+$/);
});

test("data keep their letters", () => {
  assert.equal(inAscii("Größe · 名前"), "Größe - 名前");
});
