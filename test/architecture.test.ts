import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { test } from "node:test";
import { REPOSITORY } from "./support/folders.js";

const SOURCE = join(REPOSITORY, "src");

/** The rooms, in the order in which data passes through them, each with the rooms that it may import. */
const ROOMS: Record<string, string[]> = {
  domain: [],
  storage: ["domain"],
  "language-models": ["domain", "storage"],
  datasets: ["domain", "storage", "language-models"],
  rewriting: ["domain", "storage", "language-models", "datasets"],
  scoring: ["domain", "storage", "language-models", "datasets"],
  estimation: ["domain", "storage", "datasets"],
  reporting: ["domain", "storage", "datasets", "estimation"],
  viewer: ["domain", "storage", "estimation", "reporting"],
  study: [
    "domain",
    "storage",
    "language-models",
    "datasets",
    "rewriting",
    "scoring",
    "estimation",
    "reporting",
  ],
};
const EVERY = Object.keys(ROOMS);
ROOMS.library = EVERY;
ROOMS.cli = EVERY;
ROOMS["."] = [...EVERY, "library"];

/** Folders that hold data in, data out: no files, network, clock or environment; they import each other alone. */
const PURE = [
  "domain",
  "datasets/attributes",
  "estimation/numeric",
  "estimation/estimators",
  "estimation/diagnostics",
  "estimation/sensitivity",
  "estimation/simulation",
  "estimation/files",
  "reporting/html",
  "reporting/figures/specs",
  "reporting/tables",
];
const isPure = (path: string): boolean => PURE.some((folder) => path.startsWith(`${folder}/`));

/** What any room may use: numbers know no word of the domain. */
const ANYWHERE = "estimation/numeric/";

interface SourceFile {
  readonly path: string;
  readonly folder: string;
  readonly imports: readonly { readonly target: string }[];
}

function readSources(): SourceFile[] {
  return readdirSync(SOURCE, { recursive: true, encoding: "utf8" })
    .filter((name) => /\.tsx?$/.test(name))
    .map((name) => {
      const text = readFileSync(join(SOURCE, name), "utf8");
      const imports = [
        ...text.matchAll(/(?:import|export)\s[^"';]*?from\s+"([^"]+)"|import\(\s*"([^"]+)"\s*\)/g),
      ];
      return {
        path: name,
        folder: name.includes("/") ? name.split("/")[0]! : ".",
        imports: imports.map((found) => ({
          target: (found[1] ?? found[2])!,
        })),
      };
    });
}

const sources = readSources();

/** By the path of what it is compiled to, and by its own. */
const byBuilt = new Map(sources.map((source) => [source.path.replace(/(\.d)?\.tsx?$/, ".js"), source]));
const byPath = new Map(sources.map((source) => [source.path, source]));

function resolveImport(file: SourceFile, target: string): string {
  const found = byBuilt.get(relative(SOURCE, resolve(SOURCE, dirname(file.path), target)));
  assert.ok(found, `${file.path} imports ${target}, which is not there`);
  return found.path;
}

test("there are eleven rooms and the library, none with more than 25 files directly in a folder", () => {
  const folders = sources.map(({ path }) => dirname(path));
  assert.deepEqual(
    [...new Set(folders.map((folder) => folder.split("/")[0]))].sort(),
    Object.keys(ROOMS).sort(),
  );
  for (const folder of new Set(folders))
    assert.ok(folders.filter((other) => other === folder).length <= 25, `${folder}/ holds too many files`);
});

test("imports go in one direction", () => {
  for (const file of sources) {
    for (const { target } of file.imports.filter((entry) => entry.target.startsWith("."))) {
      const imported = byPath.get(resolveImport(file, target))!;
      if (imported.folder === file.folder || imported.path.startsWith(ANYWHERE)) continue;
      assert.ok(ROOMS[file.folder]!.includes(imported.folder), `${file.path} imports ${imported.path}`);
    }
  }
});

test("stages are what joins pure and I/O: only they, the study and what stands above import a stage", () => {
  for (const file of sources) {
    for (const { target } of file.imports.filter((entry) => entry.target.startsWith("."))) {
      const path = resolveImport(file, target);
      if (!path.includes("/stage/") || file.path.includes("/stage/")) continue;
      assert.ok(["study", "viewer", "library", "cli"].includes(file.folder), `${file.path} imports ${path}`);
    }
  }
});

test("pure folders import nothing of node, and pure folders alone", () => {
  for (const file of sources.filter(({ path }) => isPure(path))) {
    for (const { target } of file.imports) {
      assert.ok(!target.startsWith("node:"), `${file.path} imports ${target}`);
      if (target.startsWith("."))
        assert.ok(isPure(resolveImport(file, target)), `${file.path} imports ${target}`);
    }
  }
});

test("there are no import cycles, of types neither", () => {
  const state = new Map<string, "open" | "done">();
  const visit = (path: string, trail: string[]): void => {
    assert.notEqual(state.get(path), "open", `cycle: ${[...trail, path].join(" → ")}`);
    if (state.has(path)) return;
    state.set(path, "open");
    const file = byPath.get(path)!;
    for (const { target } of file.imports) {
      if (target.startsWith(".")) visit(resolveImport(file, target), [...trail, path]);
    }
    state.set(path, "done");
  };
  for (const file of sources) visit(file.path, []);
});

test("folders, files and the program that ties the commands stay small", () => {
  assert.ok(Object.keys(ROOMS).filter((room) => room !== ".").length <= 12);
  const linesOf = (path: string) => readFileSync(join(SOURCE, path), "utf8").trimEnd().split("\n").length;
  for (const { path } of sources) assert.ok(linesOf(path) <= 350, `${path} has ${linesOf(path)} lines`);
  assert.ok(linesOf("cli/program.ts") < 120, "program.ts is long: what a command takes is in its own file");
});

test("lines of the docs have at most 200 characters, tables aside", () => {
  const pages = [REPOSITORY, join(REPOSITORY, "docs")].flatMap((folder) =>
    readdirSync(folder)
      .filter((name) => name.endsWith(".md"))
      .map((name) => join(folder, name)),
  );
  for (const page of pages)
    for (const [index, line] of readFileSync(page, "utf8").split("\n").entries())
      assert.ok(line.startsWith("|") || line.length <= 200, `${relative(REPOSITORY, page)}:${index + 1}`);
});

test("the version is that of the package", async () => {
  const { VERSION } = await import("../src/domain/version.js");
  assert.equal(VERSION, JSON.parse(readFileSync(join(REPOSITORY, "package.json"), "utf8")).version);
});
