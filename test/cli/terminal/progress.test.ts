import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { barLine, Display } from "../../../src/cli/terminal/progress.js";
import { widthOf } from "../../../src/cli/terminal/terminal-width.js";

test("a bar never takes more than its line, however long the name and the figures", () => {
  const words = fc.string({ unit: "grapheme", maxLength: 60 });
  fc.assert(
    fc.property(
      fc.integer({ min: 10, max: 200 }),
      words,
      fc.nat(1e7),
      fc.array(words),
      (columns, name, total, parts) => {
        assert.ok(widthOf(barLine(columns, name, Math.floor(total / 2), total + 1, parts)) < columns);
      },
    ),
  );
});

test("on 80 columns the figures are all there, and the name's beginning", () => {
  const parts = ["244/s", "6 s left", "$32.91 so far"];
  assert.equal(
    barLine(80, "rewrite reviews_of_films_from_the_archive", 1496, 3000, parts),
    "rewrite reviews_of_films_f… 1496/3000 · 49 % · 244/s · 6 s left · $32.91 so far",
  );
  assert.equal(
    barLine(80, "rewrite films", 1500, 3000, parts.slice(0, 2)),
    `rewrite films ${"█".repeat(15)}${"░".repeat(14)} 1500/3000 · 50 % · 244/s · 6 s left`,
  );
});

/** What a terminal shows: the lines that have ended, and the one that the cursor is in. */
function terminal() {
  const lines = [""];
  const screen = {
    isTTY: true as const,
    columns: 80,
    write(text: string) {
      for (const [index, line] of text.split("\n").entries()) {
        if (index > 0) lines.push("");
        const parts = line.split("\r\x1b[K");
        if (parts.length > 1) lines[lines.length - 1] = "";
        lines[lines.length - 1] += parts.at(-1)!;
      }
      return true;
    },
  };
  return { lines, display: new Display(screen as never, true) };
}

test("lines that are said while a bar is shown stay whole above it, and nothing is left of it at its end", () => {
  const { lines, display } = terminal();
  display.say("before");
  const progress = display.progress("rewrite films", 10, 2);
  assert.match(lines.at(-1)!, /^rewrite films █+░+ 2\/10 · 20 %$/);
  display.say("batch b: validating");
  assert.match(lines.at(-1)!, /^rewrite films █+░+ 2\/10 · 20 %$/);
  progress.advance(8, "$1.00 so far");
  progress.end();
  display.say("after");
  assert.deepEqual(lines, ["before", "batch b: validating", "after", ""]);
});
