import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
  appendFileSync,
  chmodSync,
  chownSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { emptyFolder } from "../support/folders.js";
import { callOf, differences, filesOf, type Place, placeOf } from "../support/places.js";
import { SCENES } from "../support/scenes.js";

const EXAMPLES = 6;
const isRoot = process.getuid?.() === 0;
const NOBODY = 65_534;

type SceneName = "run" | "create-dataset" | "score";
type How = Parameters<typeof callOf>[1];

const known = new Map<string, Promise<Record<string, string>>>();

/** The files of an undisturbed project of the scene. */
function undisturbed(t: TestContext, name: SceneName, how: How = {}): Promise<Record<string, string>> {
  const make = async () => {
    const place = await placeOf(t, SCENES[name]!, EXAMPLES);
    if (how.uid !== undefined) own(place);
    const done = await callOf(place, how);
    assert.equal(done.code, 0, done.stderr);
    return filesOf(place);
  };
  const key = JSON.stringify([name, how]);
  const files = known.get(key) ?? make();
  known.set(key, files);
  return files;
}

/** Checks that the same command now completes, with the files of an undisturbed one, and that nothing was asked for twice in all. */
async function cured(place: Place, expected: Record<string, string>, how: How = {}) {
  const done = await callOf(place, how);
  assert.equal(done.code, 0, done.stderr);
  assert.deepEqual(differences(filesOf(place), expected), []);
  askedOnce(place);
}

function askedOnce(place: Place): void {
  const data = new Set(place.kept());
  const asked = place.asked().filter((key) => data.has(key));
  assert.equal(asked.length, data.size, "something was asked for twice");
}

/** Gives a place's folders to the user that is no root. */
function own({ folder, scratch }: Place): void {
  for (const path of [scratch, folder, ...readdirSync(folder).map((name) => join(folder, name))])
    chownSync(path, NOBODY, NOBODY);
}

/** Mounts something over a folder while the work goes on; skips the test where this system does not let us. */
async function mounted(
  t: TestContext,
  [...options]: readonly string[],
  folder: string,
  work: () => Promise<void>,
): Promise<void> {
  try {
    execFileSync("mount", [...options, folder], { stdio: "pipe" });
  } catch (cause) {
    return t.skip(`nothing can be mounted here: ${(cause as Error).message.trim()}`);
  }
  try {
    await work();
  } finally {
    execFileSync("umount", ["--lazy", folder]);
  }
}

for (const [name, step] of [
  ["run", 60],
  ["create-dataset", 24],
  ["score", 8],
] as const) {
  test(`rate ${name} on a disk that is full says so, and goes on when there is room`, async (t) => {
    const expected = await undisturbed(t, name);
    const folder = emptyFolder(t);
    await mounted(t, ["-t", "tmpfs", "-o", "size=40k", "none"], folder, async () => {
      const place = await placeOf(t, SCENES[name]!, EXAMPLES, folder);
      const files: string[] = [];
      for (let size = 40; ; size += step) {
        execFileSync("mount", ["-o", `remount,size=${size}k`, folder]);
        const full = await callOf(place);
        if (full.code === 0) break;
        assert.equal(full.code, 1, full.stderr);
        const said =
          /rate: (.*): cannot be written \(ENOSPC.*\); make room there, then give the same command again/;
        assert.match(full.stderr, said);
        files.push(said.exec(full.stderr)![1]!.slice(folder.length));
      }
      t.diagnostic(`full at ${files.join(", ")}`);
      assert.ok(files.length > 1, "the disk was hardly ever full");
      assert.deepEqual(differences(filesOf(place), expected), []);
      askedOnce(place);
    });
  });
}

test("a folder that is read-only is said before anything is asked", async (t) => {
  const how = isRoot ? { uid: NOBODY, env: { GROUP_NAME: "" } } : { env: { GROUP_NAME: "" } };
  for (const name of ["create-dataset", "score"] as const) {
    const expected = await undisturbed(t, name, how);
    const place = await placeOf(t, SCENES[name]!, EXAMPLES);
    if (isRoot) own(place);
    chmodSync(place.folder, 0o555);
    const refused = await callOf(place, how);
    chmodSync(place.folder, 0o755);
    assert.equal(refused.code, 1, refused.stderr);
    assert.match(refused.stderr, /runs: cannot be written \(EACCES.*\); mend the permissions/);
    assert.deepEqual(place.asked(), []);
    await cured(place, expected, how);
  }
  const place = await placeOf(t, SCENES.report!, EXAMPLES);
  if (isRoot) own(place);
  chmodSync(place.folder, 0o555);
  const refused = await callOf(place, how);
  chmodSync(place.folder, 0o755);
  assert.match(refused.stderr, /report\.html: cannot be written \(EACCES.*\); mend the permissions/);
});

test("a disk that is mounted read-only is said", async (t) => {
  const place = await placeOf(t, SCENES.score!, EXAMPLES);
  await mounted(t, ["--bind", place.folder], place.folder, async () => {
    execFileSync("mount", ["-o", "remount,ro,bind", place.folder]);
    const refused = await callOf(place);
    assert.equal(refused.code, 1, refused.stderr);
    assert.match(refused.stderr, /cannot be written \(EROFS.*\); mend the permissions/);
    assert.deepEqual(place.asked(), []);
  });
});

test("a group that there is not, or that the user is no member of, is said before anything is asked", async (t) => {
  const how = (group: string) => ({ ...(isRoot && { uid: NOBODY }), env: { GROUP_NAME: group } });
  const expected = await undisturbed(t, "run", how(""));
  const place = await placeOf(t, SCENES.run!, EXAMPLES);
  if (isRoot) own(place);
  const unknown = await callOf(place, how("no-such-group-here"));
  assert.equal(unknown.code, 2, unknown.stderr);
  assert.match(unknown.stderr, /GROUP_NAME=no-such-group-here: there is no such group on this machine/);
  const foreign = await callOf(place, how("root"));
  assert.equal(foreign.code, 2, foreign.stderr);
  assert.match(foreign.stderr, /GROUP_NAME=root: .* cannot be given to this group.*leave GROUP_NAME out/);
  assert.deepEqual(place.asked(), []);
  await cured(place, expected, how(""));
});

for (const [what, change] of Object.entries({
  "is appended to": (path: string) =>
    appendFileSync(path, readFileSync(path, "utf8").replaceAll('"e', '"more')),
  "is rewritten": (path: string) =>
    writeFileSync(path, readFileSync(path, "utf8").replaceAll("good", "fine")),
  "is removed": (path: string) => rmSync(path),
})) {
  test(`an input that ${what} while it is scored: nothing is made of it, and the scores are kept`, async (t) => {
    const expected = await undisturbed(t, "score");
    const place = await placeOf(t, SCENES.score!, EXAMPLES);
    // The second model's input is what the first one made.
    const inputOf = () => {
      const made = join(place.folder, "data", "scored");
      const names = existsSync(made) ? readdirSync(made) : [];
      const isScoring = names.some((name) => /^\..*_mine_.*\.journal$/.test(name));
      return isScoring ? join(made, names.find((name) => /^reviews_embedded_.*\.jsonl$/.test(name))!) : null;
    };
    let before: { path: string; content: string } | null = null;
    place.onRequest = () => {
      const path = before === null ? inputOf() : null;
      if (path === null) return;
      before = { path, content: readFileSync(path, "utf8") };
      change(path);
    };
    const stopped = await callOf(place);
    assert.equal(stopped.code, 2, stopped.stderr);
    assert.match(
      stopped.stderr,
      /rate: .*reviews_embedded_scored.*: (was (changed|removed) while it was being read|there is no such file)/,
    );
    const { path, content } = before!;
    writeFileSync(path, content);
    chmodSync(path, 0o440);
    assert.ok(place.kept().length > 0, "the scores are in the journal");
    await cured(place, expected);
  });
}

test("rows that go while they are rewritten have been read: the rewriting comes to its end", async (t) => {
  const expected = await undisturbed(t, "create-dataset");
  const place = await placeOf(t, SCENES["create-dataset"]!, EXAMPLES);
  const path = join(place.folder, "rows.jsonl");
  const content = readFileSync(path, "utf8");
  place.onRequest = () => rmSync(path, { force: true });
  const done = await callOf(place);
  assert.equal(done.code, 0, done.stderr);
  writeFileSync(path, content);
  assert.deepEqual(differences(filesOf(place), expected), []);
});

/** Loaded before the program: a clock that goes a day behind. */
const YESTERDAY = `data:text/javascript,${encodeURIComponent(
  "const D = Date; globalThis.Date = class extends D { constructor(...a) { a.length ? super(...a) : super(D.now() - 864e5); } static now() { return D.now() - 864e5; } };",
)}`;
const setBack = { env: { NODE_OPTIONS: `--import ${YESTERDAY}` } };

test("a clock that is set back changes nothing: a killed run goes on, and the newest is the last one made", async (t) => {
  const expected = await undisturbed(t, "create-dataset");
  const place = await placeOf(t, SCENES["create-dataset"]!, EXAMPLES);
  const killed = await callOf(place, { env: { DIE_AT: "60" } });
  assert.equal(killed.code, null, killed.stderr);
  await cured(place, expected, setBack);
  const again = await callOf(place, setBack);
  assert.equal(again.code, 0, again.stderr);
  const [first, second] = readdirSync(join(place.folder, "data", "rewrites")).filter((n) =>
    n.endsWith(".json"),
  );
  assert.equal(join(place.folder, "data", "rewrites", second!), again.stdout.trim());
  assert.ok(first! < second!);
  askedOnce(place);
});

for (const name of ["run", "create-dataset", "score"] as const) {
  test(`a second rate ${name} on one project is told who is at work; the first one is not disturbed`, async (t) => {
    const expected = await undisturbed(t, name);
    const place = await placeOf(t, SCENES[name]!, EXAMPLES);
    let pid = 0;
    const asks = new Promise<void>((resolve) => {
      place.onRequest = () => {
        if (pid !== 0) process.kill(pid, "SIGSTOP");
        resolve();
      };
    });
    const started = (own: number) => {
      pid = own;
    };
    const first = callOf(place, { started });
    await asks;
    place.onRequest = () => undefined;
    const second = await callOf(place);
    process.kill(pid, "SIGCONT");
    assert.equal(second.code, 2, second.stderr);
    assert.match(
      second.stderr,
      new RegExp(
        `another process works on this run \\(process ${pid} on .*\\); wait for it, or stop it first`,
      ),
    );
    const done = await first;
    assert.equal(done.code, 0, done.stderr);
    assert.deepEqual(differences(filesOf(place), expected), []);
    askedOnce(place);
  });
}
