import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { csvLines } from "../../../src/reporting/tables/csv.js";
import { examplesTable, Reservoir } from "../../../src/reporting/tables/examples.js";
import { markdownTable, markdownText } from "../../../src/reporting/tables/markdown.js";

test("Markdown shows texts as they are", () => {
  assert.equal(
    markdownText("<b>|*x*| https://a.b\u202e\n[l](u)"),
    "&#60;b&#62;\\|\\*x\\*\\| https&#58;//a.b\\\\u\\{202e\\}<br>\\[l\\]\\(u\\)",
  );
  const table = { title: "t", columns: [{ name: "a", align: "right" }], rows: [["1"]], notes: [] } as const;
  assert.equal(markdownTable(table), "**t**\n\n| a |\n| ---: |\n| 1 |\n");
});

test("CSV gives back what went in", async () => {
  const { parse } = await import("csv-parse/sync");
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.string(), fc.string(), fc.string()), { minLength: 1 }), (rows) => {
      fc.pre(rows.every((row) => row.some((cell) => cell !== "")));
      const read = (text: string) => parse(text, { relax_column_count: true });
      assert.deepEqual(read(csvLines(rows, { raw: true })), rows);
      // A cell that a spreadsheet would work out has an apostrophe in front, and no other cell is changed.
      read(csvLines(rows)).forEach((row: string[], place: number) => {
        row.forEach((cell, column) => {
          const given = rows[place]![column]!;
          if (cell !== given)
            assert.deepEqual([cell, /^[=+\-@\t\r＝＋－＠]/.test(given)], [`'${given}`, true]);
        });
      });
    }),
  );
});

test("the sample is seeded, in the order of the data, and every item is as likely as any other", () => {
  const draw = (seed: number) => {
    const reservoir = new Reservoir<number>(3, seed);
    for (let item = 0; item < 10; item += 1) reservoir.offer(item);
    return reservoir.items;
  };
  assert.deepEqual(draw(4), draw(4));
  const counts = new Array(10).fill(0);
  for (let seed = 0; seed < 4000; seed += 1) {
    const items = draw(seed);
    assert.deepEqual(
      items,
      [...new Set(items)].sort((a, b) => a - b),
    );
    assert.equal(items.length, 3);
    for (const item of items) counts[item] += 1;
  }
  // CostForecast 1,200 each, standard deviation 29.
  assert.ok(
    counts.every((count) => Math.abs(count - 1200) < 5 * 29),
    String(counts),
  );
});

test("texts are cut after whole characters, and the table says how many", () => {
  const example = {
    id: "1",
    treated: true,
    texts: { original: "😀".repeat(12), rewrite: "short", rewriteOfRewrite: "also short" },
    rewards: { original: null, rewrite: -0.5, rewriteOfRewrite: 1 },
  };
  const table = examplesTable([example], { rewardKey: "m", concept: "c", letters: 10, seed: 0 });
  assert.deepEqual(table.rows, [
    ["1", `${"😀".repeat(10)}… (reward –)`, "short (reward −0.500)", "also short (reward +1.000)"],
  ]);
  assert.deepEqual(table.notes, ["1 texts are cut after 10 letters"]);
});
