import assert from "node:assert/strict";
import { test } from "node:test";
import { csvLines } from "../../../src/reporting/tables/csv.js";

test("texts that a spreadsheet would work out stand behind an apostrophe, numbers as they are", () => {
  const dangerous = ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "＝1+1"];
  for (const text of dangerous) assert.match(csvLines([[text]]), /^"?'/, JSON.stringify(text));
  const plain = ["-0.5", "+1", "-1e-7", "1.5", "", "a=b", "–0.5"];
  assert.equal(csvLines([plain]), `${plain.join(",")}\n`);
  assert.equal(csvLines([["=1", "a,b"]], { raw: true }), '=1,"a,b"\n');
});
