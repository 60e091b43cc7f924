import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { discoverySchema } from "../../src/study/discovery/discovery-file.js";
import { PLANTED } from "../../src/study/discovery/embedded.js";
import { emptyFolder } from "../support/folders.js";
import { rate } from "../support/program.js";

test("rate discover finds the planted tastes, and nothing else is claimed", async (context) => {
  const folder = emptyFolder(context);
  const ran = await rate(["discover", "--json", "--confirm-examples", "120"], { cwd: folder });
  assert.equal(ran.code, 0, ran.stderr);
  assert.ok(!/Warning/.test(ran.stderr), ran.stderr);
  const { file: path, ...printed } = JSON.parse(ran.stdout);
  const file = discoverySchema.parse(JSON.parse(readFileSync(path, "utf8")));
  assert.deepEqual(printed, JSON.parse(JSON.stringify(file)));
  for (const [name, bonus] of Object.entries(PLANTED)) {
    const row = file.confirmed.find((entry) => entry.name === name);
    assert.ok(row?.is_confirmed, `${name} is not confirmed`);
    assert.equal(Math.sign(row.effect_size!), Math.sign(bonus), name);
    assert.ok(row.ci_low! < row.effect_size! && row.effect_size! < row.ci_high!);
  }
  for (const { adjusted_p_value, p_value, is_confirmed } of file.confirmed) {
    assert.ok(adjusted_p_value! >= p_value!);
    if (is_confirmed) assert.ok(adjusted_p_value! <= 0.05);
  }
  for (const { dropped, chosen } of file.screened)
    if (chosen === null) assert.ok(dropped !== null && dropped !== "", "what goes no further says why");
  // No example is in two parts.
  const ids = (part: string) =>
    readFileSync(
      join(
        folder,
        "data/discovery",
        readdirSync(join(folder, "data/discovery")).find((name) => name.includes(`_${part}_2`))!,
      ),
      "utf8",
    )
      .trim()
      .split("\n")
      .map((line) => (JSON.parse(line) as { id: string }).id);
  const [propose, screen, confirm] = [ids("propose"), ids("screen"), ids("confirm")];
  assert.equal(
    new Set([...propose, ...screen, ...confirm]).size,
    propose.length + screen.length + confirm.length,
  );
  assert.equal(file.splits.confirm.examples, confirm.length);

  // A person edits the file of screened candidates and goes on from it.
  const screenedPath = join(
    folder,
    "data/discovery",
    readdirSync(join(folder, "data/discovery")).find((name) => name.includes("_screened_"))!,
  );
  const screened = JSON.parse(readFileSync(screenedPath, "utf8"));
  for (const entry of screened.screened)
    if (entry.name !== "capitals") Object.assign(entry, { chosen: null, dropped: "left out by hand" });
  const edited = join(folder, "edited.json");
  writeFileSync(edited, JSON.stringify(screened));
  const again = await rate(["discover", "--json", "--from", edited, "--confirm-examples", "60"], {
    cwd: folder,
  });
  assert.equal(again.code, 0, again.stderr);
  assert.deepEqual(
    (JSON.parse(again.stdout).confirmed as { name: string }[]).map(({ name }) => name),
    ["capitals"],
  );
  screened.screened[0].name = "Not A Name";
  writeFileSync(edited, JSON.stringify(screened));
  const bad = await rate(["discover", "--from", edited], { cwd: folder });
  assert.equal(bad.code, 2);
  assert.match(bad.stderr, /edited\.json:1: is not a file of screened candidates .screened\.0\.name/);
});

test("against a reference without the planted tastes, they are biases", async (context) => {
  const folder = emptyFolder(context);
  const ran = await rate(
    ["discover", "--json", "--confirm-examples", "60", "--strongest", "4", "--reference", "embedded"],
    { cwd: folder },
  );
  assert.equal(ran.code, 0, ran.stderr);
  const { confirmed, reference } = JSON.parse(ran.stdout);
  assert.equal(reference, "rate/review-sentiment");
  for (const row of confirmed) {
    const planted = PLANTED[row.name as keyof typeof PLANTED];
    if (row.is_confirmed && planted !== undefined) {
      assert.equal(row.finding, "bias", `${row.name}: the reference has no such taste`);
      assert.ok(row.contrast_ci_low * planted > 0 && row.contrast_ci_high * planted > 0);
    }
  }
});
