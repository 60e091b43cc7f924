import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, readlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { dirname, join } from "node:path";
import { type TestContext, test } from "node:test";
import { gzipSync } from "node:zlib";
import { parquetWriteBuffer } from "hyparquet-writer";
import { openHub } from "../../../src/datasets/sources/hub.js";
import { locateHub } from "../../../src/datasets/sources/hub-files.js";
import { openSource, type SourceRow } from "../../../src/datasets/sources/source.js";
import { emptyFolder } from "../../support/folders.js";

const COMMIT = "0123456789abcdef0123456789abcdef01234567";
const TOKEN = "hf_secret";

/** The part of the Hub's HTTP API that is used, with one gated data set. */
async function hubServer(t: TestContext, files: Record<string, Buffer>) {
  const asked: string[] = [];
  const server = createServer(async (incoming, outgoing) => {
    const path = decodeURIComponent(incoming.url!.split("?")[0]!);
    asked.push(path);
    let body = "";
    for await (const piece of incoming) body += piece;
    const json = (value: unknown, status = 200) => {
      outgoing.writeHead(status, { "content-type": "application/json" });
      outgoing.end(JSON.stringify(value));
    };
    if (incoming.headers.authorization !== `Bearer ${TOKEN}`) return json({ error: "gated" }, 401);
    const entry = (name: string) => ({
      type: "file",
      path: name,
      size: files[name]!.length,
      oid: createHash("sha1").update(files[name]!).digest("hex"),
    });
    if (path.startsWith("/api/datasets/org/reviews/revision/"))
      return json({
        _id: "x",
        id: "org/reviews",
        sha: COMMIT,
        gated: false,
        likes: 0,
        downloads: 0,
        private: false,
      });
    if (path.startsWith("/api/datasets/org/reviews/tree/")) return json(Object.keys(files).map(entry));
    if (path.startsWith("/api/datasets/org/reviews/paths-info/"))
      return json(
        JSON.parse(body)
          .paths.filter((name: string) => name in files)
          .map(entry),
      );
    const name = path.replace(`/datasets/org/reviews/resolve/${COMMIT}/`, "");
    const content = files[name];
    if (!content) return json({ error: "not found" }, 404);
    const range = /bytes=(\d+)-(\d+)/.exec(incoming.headers.range ?? "");
    const part = range ? content.subarray(Number(range[1]), Number(range[2]) + 1) : content;
    outgoing.writeHead(range ? 206 : 200, {
      "content-length": part.length,
      etag: `"${entry(name).oid}"`,
      ...(range && { "content-range": `bytes ${range[1]}-${range[2]}/${content.length}` }),
    });
    outgoing.end(part);
  });
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}

function parquet(texts: string[]): Buffer {
  return Buffer.from(
    parquetWriteBuffer({ columnData: [{ name: "text", data: texts, type: "STRING" }] }) as ArrayBuffer,
  );
}

async function all(rows: AsyncIterable<SourceRow>): Promise<SourceRow[]> {
  const found: SourceRow[] = [];
  for await (const row of rows) found.push(row);
  return found;
}

test("a split comes from the Hub's Parquet files, through the cache of the Python libraries, and offline from there", async (t) => {
  const home = emptyFolder(t);
  const server = await hubServer(t, {
    "plain/train/0000.parquet": parquet(["one", "two"]),
    "plain/train/0001.parquet": parquet(["three"]),
    "plain/test/0000.parquet": parquet(["other"]),
    "README.md": Buffer.from("hello"),
  });
  const environment = { HF_HOME: home, HF_TOKEN: TOKEN, HF_ENDPOINT: server.url };
  const open = (extra: Record<string, string> = {}) =>
    openHub({ environment: { ...environment, ...extra }, fetch, say: () => undefined });
  const source = { kind: "hub", dataset: "org/reviews", split: "train" } as const;
  const read = (hub: ReturnType<typeof open>, more: object = {}) =>
    all(openSource({ ...source, ...more }, { projectDirectory: home, hub }));

  const rows = await read(open());
  assert.deepEqual(
    rows.map(({ row }) => row.text),
    ["one", "two", "three"],
  );
  assert.equal(rows[2]!.origin, "org/reviews/plain/train/0001.parquet: row 0");
  const folder = join(home, "hub", "datasets--org--reviews");
  assert.equal(readFileSync(join(folder, "refs/refs/convert/parquet"), "utf8"), COMMIT);
  const pointer = join(folder, "snapshots", COMMIT, "plain/train/0000.parquet");
  assert.match(readlinkSync(pointer), /^\.\.\/\.\.\/\.\.\/\.\.\/blobs\/[0-9a-f]{40}$/);
  assert.ok(!existsSync(join(folder, "snapshots", COMMIT, "plain/test")), "only what is needed is fetched");

  const before = server.asked.length;
  assert.equal((await read(open({ HF_HUB_OFFLINE: "1" }))).length, 3);
  assert.equal(server.asked.length, before, "offline asks nothing");
  assert.equal(
    (await read(open({ HF_ENDPOINT: "http://127.0.0.1:9" }))).length,
    3,
    "an unreachable Hub: the cache",
  );
  await assert.rejects(read(open({ HF_TOKEN: "hf_wrong", HF_HOME: emptyFolder(t) })), /set HF_TOKEN/);
  await assert.rejects(read(open(), { split: "valid" }), /no split valid \(known: test, train\)/);
  await assert.rejects(
    read(open({ HF_HUB_OFFLINE: "1", HF_HOME: emptyFolder(t) })),
    /is not in the cache, and HF_HUB_OFFLINE/,
  );
  await assert.rejects(read(open(), { dataset: "../../etc" }), /is not the name of a repository/);
});

test("offline, a cache that Python's datasets filled from the main branch is enough; what is missing of a split is said", async (t) => {
  const said: string[] = [];
  const cached = async (files: Record<string, Buffer>, revision: string, source: object = {}) => {
    const home = emptyFolder(t);
    const folder = join(home, "hub", "datasets--org--reviews");
    for (const [name, content] of Object.entries({ [`refs/${revision}`]: Buffer.from(COMMIT), ...files })) {
      const path = join(folder, name.startsWith("refs/") ? name : join("snapshots", COMMIT, name));
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, content);
    }
    const hub = openHub({
      environment: { HF_HOME: home, HF_HUB_OFFLINE: "1" },
      fetch: () => assert.fail("nothing is fetched"),
      say: (line) => said.push(line),
    });
    const wanted = { kind: "hub", dataset: "org/reviews", split: "train", ...source } as const;
    const { partial } = await locateHub(wanted, hub);
    const rows = await all(openSource(wanted, { projectDirectory: home, hub }));
    return { texts: rows.map(({ row }) => row.text).join(" "), partial };
  };
  const shards = {
    "plain_text/train-00000-of-00002.parquet": parquet(["a"]),
    "plain_text/train-00001-of-00002.parquet": parquet(["b"]),
    "plain_text/test-00000-of-00001.parquet": parquet(["c"]),
  };
  assert.deepEqual(await cached(shards, "main"), { texts: "a b", partial: null });
  const packed = { "train.jsonl.gz": gzipSync('{"text": "d"}\n'), "validation.jsonl.gz": gzipSync("") };
  assert.deepEqual(await cached(packed, "main"), { texts: "d", partial: null });
  assert.deepEqual(
    await cached({ "data/dev-1.csv": Buffer.from("text\ne\n") }, "main", { split: "validation" }),
    {
      texts: "e",
      partial: null,
    },
  );
  const { "plain_text/train-00001-of-00002.parquet": _, ...first } = shards;
  const some = await cached(first, "main");
  assert.deepEqual([some.texts, /only 1 of the 2 files of the split train/.test(some.partial!)], ["a", true]);
  const beginning = { "default/partial-train/0000.parquet": parquet(["f"]) };
  const converted = await cached(beginning, "refs/convert/parquet");
  assert.deepEqual(
    [converted.texts, /only the beginning of the split train/.test(converted.partial!)],
    ["f", true],
  );
  await assert.rejects(cached({}, "refs/other"), /is not in the cache, and HF_HUB_OFFLINE/);
});
