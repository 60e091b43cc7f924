import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { COMMAND_GROUPS } from "../../src/cli/command.js";
import { COMMANDS } from "../../src/cli/commands/index.js";
import { OPTION_GROUPS } from "../../src/cli/options/option.js";
import { GLOBAL_OPTIONS } from "../../src/cli/options/shared.js";
import { createProgram, loadAction } from "../../src/cli/program.js";
import { REPOSITORY } from "../support/folders.js";

/** What the action of a call is given. */
async function parse(
  ...call: string[]
): Promise<{ name: string; flags: object; positional: readonly string[] }> {
  let given: { name: string; flags: object; positional: readonly string[] } | undefined;
  const program = createProgram(async (name) => async (flags, positional) => {
    given = { name, flags, positional };
  });
  await program.parseAsync(["node", "rate", ...call]);
  return given!;
}

test("a command's action gets its flags, those of the whole program, and the arguments", async () => {
  assert.deepEqual(
    await parse(
      "effects",
      "--dataset",
      "a.jsonl",
      "b.jsonl",
      "--cluster-by",
      "prompt.id",
      "--level",
      "0.9",
      "--project-dir",
      "p",
    ),
    {
      name: "effects",
      flags: { dataset: ["a.jsonl", "b.jsonl"], clusterBy: "prompt.id", level: 0.9, projectDir: "p" },
      positional: [],
    },
  );
  assert.deepEqual(await parse("create-dataset", "--config", "c.yaml", "--max-cost", "2.5", "--no-cache"), {
    name: "create-dataset",
    flags: { config: "c.yaml", maxCost: 2.5, cache: false },
    positional: [],
  });
  assert.deepEqual(await parse("--project-dir", "p", "plot", "forest", "a.json", "b.json"), {
    name: "plot",
    flags: { theme: "paper", projectDir: "p" },
    positional: ["forest", "a.json", "b.json"],
  });
});

test("each command has an action in the file of its name, and each file its command", async () => {
  const files = (folder: string) =>
    readdirSync(join(REPOSITORY, "src", "cli", folder))
      .map((name) => name.replace(/\.ts$/, ""))
      .filter((name) => name !== "index")
      .sort();
  const names = COMMANDS.map(({ name }) => name).sort();
  assert.deepEqual(files("commands"), names);
  assert.deepEqual(files("actions"), names);
  for (const name of names) assert.equal(typeof (await loadAction(name)), "function", name);
});

test("the help lists every command and option under the heading of its group", () => {
  const program = createProgram();
  const help = program.helpInformation();
  const places = Object.values(COMMAND_GROUPS).map((heading) => help.indexOf(`\n${heading}\n`));
  assert.ok(places.every((place) => place >= 0));
  assert.deepEqual(
    places,
    [...places].sort((a, b) => a - b),
  );
  assert.ok(!help.includes("\nCommands:\n"));
  for (const { name, options } of COMMANDS) {
    const text = program.commands.find((command) => command.name() === name)!.helpInformation();
    for (const { option } of options)
      assert.ok(text.includes(`\n${option.helpGroupHeading}\n`), `${name} ${option.long}`);
  }
});

test("an option that several commands have means the same in all of them", () => {
  const headings = new Set<string | undefined>(Object.values(OPTION_GROUPS));
  for (const { option } of [...COMMANDS.flatMap(({ options }) => options), ...GLOBAL_OPTIONS])
    assert.ok(headings.has(option.helpGroupHeading), option.flags);
  for (const { name, options } of COMMANDS) {
    const flags = [...options, ...GLOBAL_OPTIONS].map(({ option }) => option.long);
    assert.equal(new Set(flags).size, flags.length, `${name} declares an option twice`);
  }
});
