import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { combineFiles } from "../../../src/scoring/stage/combine.js";
import { Project } from "../../../src/storage/project/project.js";
import { emptyFolder } from "../../support/folders.js";

const TEXTS = { original: "o", rewrite: "r", "rewritten rewrite": "rr" };
const example = (id: string, more: object = {}, texts: object = TEXTS) => ({
  id,
  w_original: true,
  reward_question: "q",
  completions: texts,
  ...more,
});
const rewards = (value: number) => ({ original: value, rewrite: value, "rewritten rewrite": value });
const jsonl = (records: readonly object[]) => records.map((record) => `${JSON.stringify(record)}\n`).join("");

test("two reward models' files become one; a later file's rewards win, notes on several models are kept", async (t) => {
  const folder = emptyFolder(t);
  const project = await Project.open(folder);
  const [a, b, output] = ["a.jsonl", "b.json.gz", "out.jsonl"].map((name) => join(folder, name));
  await writeFile(
    a!,
    jsonl([
      example("1", { m: rewards(1), truncated_texts: { m: 1 }, note: "first" }),
      example("2", { m: rewards(2) }),
    ]),
  );
  const { id: _, ...second } = example("2", { n: rewards(5), m: rewards(9) });
  const { id: __, ...first } = example("1", { n: rewards(4), truncated_texts: { n: 2 }, note: "second" });
  // Another order and another form.
  await writeFile(
    b!,
    gzipSync(JSON.stringify({ "2": second, "1": first, "3": { ...first, reward_question: "other" } })),
  );
  const result = await combineFiles([a!, b!], output!, project);
  assert.deepEqual(result, { examples: 3, joined: 2, alone: { [a!]: 0, [b!]: 1 }, replaced: { m: 1 } });
  const lines = (await readFile(output!, "utf8"))
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  assert.deepEqual(
    lines.map(({ id }) => id),
    ["1", "2", "3"],
  );
  assert.deepEqual(lines[0], {
    ...example("1", { m: rewards(1), truncated_texts: { m: 1, n: 2 }, note: "second", n: rewards(4) }),
  });
  assert.deepEqual(lines[1].m, rewards(9));
});

test("texts that disagree are named, and nothing is written", async (t) => {
  const folder = emptyFolder(t);
  const project = await Project.open(folder);
  const [a, b, output] = ["a.jsonl", "b.jsonl", "out.jsonl"].map((name) => join(folder, name));
  await writeFile(a!, jsonl([example("1"), example("2")]));
  await writeFile(b!, jsonl([example("1"), example("2", {}, { ...TEXTS, rewrite: "another" })]));
  await assert.rejects(
    combineFiles([a!, b!], output!, project),
    /example "2": completions\.rewrite differs between .*a\.jsonl and .*b\.jsonl/,
  );
  await assert.rejects(readFile(output!), /ENOENT/);
  await writeFile(b!, jsonl([example("1", { w_original: false })]));
  await assert.rejects(combineFiles([a!, b!], output!, project), /example "1": w_original differs/);
  await assert.rejects(combineFiles([a!], join(folder, "out.csv"), project), /ends in \.jsonl or \.json/);
});

test("a text that the first file lacks comes from the one that has it", async (t) => {
  const folder = emptyFolder(t);
  const project = await Project.open(folder);
  const [a, b] = ["a.jsonl", "b.jsonl"].map((name) => join(folder, name));
  await writeFile(
    a!,
    jsonl([{ id: "1", w_original: true, m: rewards(1) }, example("2", {}, { original: "o" })]),
  );
  await writeFile(b!, jsonl([example("1"), example("2")]));
  // The output may be one of the inputs.
  await combineFiles([a!, b!], a!, project);
  const lines = (await readFile(a!, "utf8"))
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  assert.deepEqual(
    lines.map(({ completions, reward_question }) => [completions, reward_question]),
    [
      [TEXTS, "q"],
      [TEXTS, "q"],
    ],
  );
  assert.deepEqual(lines[0].m, rewards(1));
});

test("consecutive parts combined are the whole, byte for byte, in both forms", async (t) => {
  const folder = emptyFolder(t);
  const project = await Project.open(folder);
  const record = fc.record({
    text: fc.string({ unit: "binary" }),
    number: fc.double({ noNaN: true, noDefaultInfinity: true }),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.array(record, { maxLength: 12 }),
      fc.array(fc.nat(12), { maxLength: 4 }),
      async (rows, cuts) => {
        const records = rows.map(({ text, number }, i) =>
          JSON.parse(
            JSON.stringify(example(`${100 - i}`, { m: rewards(number) }, { ...TEXTS, original: text })),
          ),
        );
        const bounds = [
          0,
          ...cuts.map((cut) => Math.min(cut, rows.length)).sort((x, y) => x - y),
          rows.length,
        ];
        const parts = bounds.slice(1).map((end, i) => records.slice(bounds[i], end));
        const paths = parts.map((_, i) => join(folder, `part-${i}.jsonl`));
        await Promise.all(parts.map((part, i) => writeFile(paths[i]!, jsonl(part))));
        const output = join(folder, "whole.jsonl");
        await combineFiles(paths, output, project);
        assert.equal(await readFile(output, "utf8"), jsonl(records));
        await combineFiles([output], join(folder, "whole.json"), project);
        await combineFiles([join(folder, "whole.json")], join(folder, "again.json"), project);
        assert.equal(
          await readFile(join(folder, "again.json"), "utf8"),
          await readFile(join(folder, "whole.json"), "utf8"),
        );
      },
    ),
    { numRuns: 40 },
  );
});
