import assert from "node:assert/strict";
import { appendFile, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { Journal } from "../../../src/storage/project/journal.js";
import { emptyFolder } from "../../support/folders.js";

async function all<Entry>(journal: Journal<Entry>): Promise<Entry[]> {
  const entries: Entry[] = [];
  for await (const entry of journal.entries()) entries.push(entry);
  return entries;
}

test("entries come back in the order of their appending, after reopening too", async (t) => {
  const path = join(emptyFolder(t), "deep", "journal.jsonl");
  const journal = await Journal.open<number>(path, "numbers");
  await Promise.all(Array.from({ length: 500 }, (_, number) => journal.append(number)));
  await journal.close();
  const again = await Journal.open<number>(path, "numbers");
  await again.append(500);
  assert.deepEqual(
    await all(again),
    Array.from({ length: 501 }, (_, number) => number),
  );
  await again.close();
});

test("an entry is on the disk when append resolves", async (t) => {
  const path = join(emptyFolder(t), "journal.jsonl");
  const journal = await Journal.open<string>(path, "words");
  await journal.append("paid for");
  assert.match(await readFile(path, "utf8"), /"paid for"\n$/);
  await journal.close();
});

test("a line torn at any byte is cut off, and every whole line before it is kept", async (t) => {
  const path = join(emptyFolder(t), "journal.jsonl");
  const journal = await Journal.open<{ text: string }>(path, "texts");
  await journal.append({ text: "first" });
  const whole = await readFile(path);
  await journal.append({ text: "zweites — ünïcode" });
  await journal.close();
  const full = await readFile(path);
  for (let length = whole.length; length < full.length; length += 1) {
    await writeFile(path, full.subarray(0, length));
    const reopened = await Journal.open<{ text: string }>(path, "texts");
    assert.deepEqual(await all(reopened), [{ text: "first" }], `cut at ${length}`);
    await reopened.append({ text: "next" });
    assert.deepEqual(await all(reopened), [{ text: "first" }, { text: "next" }]);
    await reopened.close();
  }
});

test("a header torn in the middle starts the journal anew", async (t) => {
  const path = join(emptyFolder(t), "journal.jsonl");
  await writeFile(path, '{"journal":1,"pur');
  const journal = await Journal.open<number>(path, "numbers");
  await journal.append(1);
  assert.deepEqual(await all(journal), [1]);
  await journal.close();
});

test("other work's journal, a newer version's and a file that is none are refused", async (t) => {
  const folder = emptyFolder(t);
  const other = join(folder, "other.jsonl");
  await (await Journal.open(other, "apples")).close();
  await assert.rejects(Journal.open(other, "pears"), /is the journal of other work \(apples\)/);
  const newer = join(folder, "newer.jsonl");
  await writeFile(newer, '{"journal":99,"purpose":"apples"}\n');
  await assert.rejects(Journal.open(newer, "apples"), /written by a newer rate \(journal version 99/);
  const none = join(folder, "none.jsonl");
  await writeFile(none, '{"id":1}\n');
  await assert.rejects(Journal.open(none, "apples"), /:1: is not a journal/);
});

test("a broken line in the middle names its place", async (t) => {
  const path = join(emptyFolder(t), "journal.jsonl");
  const journal = await Journal.open<number>(path, "numbers");
  await journal.append(1);
  await appendFile(path, "{broken\n");
  await assert.rejects(all(journal), /journal\.jsonl:3: is not JSON/);
  await journal.close();
});

test("removing leaves nothing", async (t) => {
  const path = join(emptyFolder(t), "journal.jsonl");
  const journal = await Journal.open<number>(path, "numbers");
  await journal.append(1);
  await journal.remove();
  await assert.rejects(readFile(path), { code: "ENOENT" });
});

test("keys are in snake_case in the file; entries of earlier versions are read", async (t) => {
  const path = join(emptyFolder(t), "journal.jsonl");
  const journal = await Journal.open<object>(path, "answers");
  const entry = { answer: "a", finishReason: "stop", usage: { promptTokens: 3, completionTokens: 4 } };
  const place = await journal.append(entry);
  const written = (await readFile(path, "utf8")).trimEnd().split("\n").at(-1)!;
  assert.equal(
    written,
    '{"answer":"a","finish_reason":"stop","usage":{"prompt_tokens":3,"completion_tokens":4}}',
  );
  assert.deepEqual(await journal.read(place), entry);
  await journal.close();
  await appendFile(path, `${JSON.stringify(entry)}\n`);
  const again = await Journal.open<object>(path, "answers");
  assert.deepEqual(await all(again), [entry, entry]);
  await again.close();
});
