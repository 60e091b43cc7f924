import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { COMMAND_GROUPS } from "../../src/cli/command.js";
import { COMMANDS } from "../../src/cli/commands/index.js";
import { createProgram } from "../../src/cli/program.js";
import { emptyFolder, REPOSITORY } from "../support/folders.js";
import { rate } from "../support/program.js";

/** A command as a page or a command's help shows it. */
interface Shown {
  readonly page: string;
  readonly words: readonly string[];
}

/** The words of a line of shell, its comment left out. */
function wordsOf(line: string): string[] {
  const words = line.matchAll(/#.*$|"([^"]*)"|'([^']*)'|(\S+)/gm);
  return [...words].flatMap(([whole, double, single, plain]) =>
    whole.startsWith("#") ? [] : [double ?? single ?? plain!],
  );
}

const pages = ["README.md", ...readdirSync(join(REPOSITORY, "docs")).map((name) => `docs/${name}`)].filter(
  (name) => name.endsWith(".md"),
);

const onPages: Shown[] = pages.flatMap((page) => {
  const text = readFileSync(join(REPOSITORY, page), "utf8");
  return [...text.matchAll(/^```(?:sh|bash|console)?\n([\s\S]*?)^```/gm)].flatMap(([, block]) =>
    block!
      .replaceAll("\\\n", " ")
      .split("\n")
      .map((line) => line.trim().replace(/^\$ /, ""))
      .filter((line) => /^(?:bin\/)?rate /.test(line))
      .map((line) => ({ page, words: wordsOf(line).slice(1) })),
  );
});

/** In the help a comment is behind the command, after two spaces or more. */
const inHelp: Shown[] = COMMANDS.flatMap(({ name, examples }) =>
  examples
    .replace(/\\\n\s*/g, "")
    .split("\n")
    .filter((line) => line.startsWith("  $ rate "))
    .map((line) => ({
      page: `rate ${name} --help`,
      words: wordsOf(
        line
          .trim()
          .replace(/^\$ rate +/, "")
          .replace(/ {2,}.*$/, ""),
      ),
    })),
);

test("every command in the docs and in the help is one that the program takes", async () => {
  assert.ok(onPages.length > 30 && inHelp.length > 60, `${onPages.length} and ${inHelp.length} commands`);
  for (const { page, words } of [...onPages, ...inHelp]) {
    const program = createProgram(async () => async () => undefined);
    for (const command of [program, ...program.commands])
      command.configureOutput({ writeErr: () => undefined, writeOut: () => undefined }).exitOverride();
    const redirected = words.indexOf(">");
    const own = redirected < 0 ? words : words.slice(0, redirected);
    const call = own.filter((word) => !/^\[.*\]$/.test(word) && word !== "…");
    await program
      .parseAsync(["node", "rate", ...call])
      .catch((error) => assert.fail(`${page}: rate ${words.join(" ")}: ${error.message}`));
  }
});

test("the README lists every command, under the heading that it has in the help", () => {
  const readme = readFileSync(join(REPOSITORY, "README.md"), "utf8");
  const headings = new Set(Object.values(COMMAND_GROUPS).map((heading) => heading.replace(":", "")));
  let heading = "";
  const listed = [...readme.matchAll(/^\| (?:\*\*(\w+)\*\*|`rate ([a-z-]+)`) \|/gm)].flatMap(
    ([, group, name]) => {
      heading = group ?? heading;
      return name === undefined ? [] : [`${heading}: ${name}`];
    },
  );
  assert.deepEqual(
    listed.sort(),
    COMMANDS.map(({ name, group }) => `${COMMAND_GROUPS[group]} ${name}`).sort(),
  );
  for (const name of listed) assert.ok(headings.has(name.split(":")[0]!));
});

test("the targets of make in the docs are there", () => {
  const makefile = readFileSync(join(REPOSITORY, "Makefile"), "utf8");
  for (const page of [...pages, "CONTRIBUTING.md"]) {
    const text = readFileSync(join(REPOSITORY, page), "utf8");
    for (const [, target] of text.matchAll(
      /(?:^(?=make [a-z_-]+(?: *$| +#| +[A-Z_]+=))|`)make ([a-z][a-z_-]+)/gm,
    ))
      assert.match(makefile, new RegExp(`^${target}:`, "m"), `${page}: make ${target}`);
  }
});

/** Why a command of the docs is not run here. */
const NOT_RUN: readonly (readonly [RegExp, string])[] = [
  [/https?:|--runtime|armorm|my-model\b/, "asks a server"],
  [/^(?:submit|status|batches)/, "is about a cluster or a provider"],
  [/^view/, "goes on until it is stopped"],
  [/^(?:check|score) .*gate|--looks/, "needs a gate's own files"],
  [/20250101/, "names a run that is not there"],
  [/^combine .*--shards/, "needs shards"],
  [/KIND|FILES|KEY/, "is a pattern"],
  [/^synthetic (?!typos)|^discover$/, "has a test of its own, and takes long"],
];

test("the commands of the docs that need no network do what they say", async (t) => {
  const folder = emptyFolder(t);
  await prepare(folder);
  const run = onPages.filter(({ words }) => !NOT_RUN.some(([pattern]) => pattern.test(words.join(" "))));
  assert.ok(run.length >= 12, `only ${run.length} commands are run`);
  for (const { page, words } of run) {
    const call = words.flatMap((word) =>
      word === "effects/*.json"
        ? readdirSync(join(folder, "effects")).map((name) => `effects/${name}`)
        : word.startsWith("$")
          ? [join(folder, "summary.md")]
          : [word],
    );
    const { code, stderr } = await rate(call, { cwd: folder });
    assert.equal(code, 0, `${page}: rate ${words.join(" ")}\n${stderr}`);
  }
});

const SENTENCES = [
  "A wonderful film that I will watch again.",
  "It was dull, and far too long for what it says.",
  "The actors are good; the story, sadly, is not.",
  "I liked the music, the pictures and most of all the ending.",
];

/** The files that the docs speak of, made by the program where they are its own. */
async function prepare(folder: string): Promise<void> {
  const rows = Array.from({ length: 24 }, (_, index) => ({
    id: index,
    text: `${SENTENCES[index % SENTENCES.length]} ${"Really. ".repeat(index % 5)}Number ${index}.`,
    question: `What do you say of film ${index >> 1}?`,
  }));
  const lines = (values: readonly object[]) => values.map((value) => `${JSON.stringify(value)}\n`).join("");
  writeFileSync(join(folder, "reviews.jsonl"), lines(rows));
  writeFileSync(
    join(folder, "config.yaml"),
    `rewrites:
  dataset_name: reviews
  data: { file: reviews.jsonl, columns: { response: text, prompt: question, id: id } }
  attribute: length
  rewriter: builtin
scoring:
  model: embedded
  dataset_name: reviews_length
effects:
  dataset_name: reviews_length
  concept: length
  score: embedded
`,
  );
  const made = await rate(["create-dataset", "--config", "config.yaml"], { cwd: folder });
  assert.equal(made.code, 0, made.stderr);
  assert.equal((await rate(["score", "--config", "config.yaml"], { cwd: folder })).code, 0);
  const scored = join(folder, "data", "scored");
  const [name] = readdirSync(scored).filter((file) => file.endsWith(".jsonl"));
  // The same as a user has it whose scores were made elsewhere: another model's key, and fields of one's own.
  const own = readFileSync(join(scored, name!), "utf8")
    .trimEnd()
    .split("\n")
    .map((line, index) => {
      const { "rate/review-sentiment": rewards, ...record } = JSON.parse(line);
      const fields = { prompt_id: index >> 1, site: index % 2 ? "a" : "b", human_preference: "rewrite" };
      return { ...record, ...fields, "org/reward-model": rewards };
    });
  for (const file of ["scored", "imdb", "eli5", "length_scored", "structure_scored"])
    writeFileSync(join(folder, `${file}.jsonl`), lines(own));
  mkdirSync(join(folder, "effects"), { recursive: true });
}
