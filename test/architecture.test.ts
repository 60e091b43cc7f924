import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { test } from "node:test";
import { REPOSITORY } from "./support/folders.js";

const SOURCE = join(REPOSITORY, "src");
const PURE = [
  "attributes",
  "diagnostics",
  "estimators",
  "experiments",
  "config",
  "plots",
  "pricing",
  "report",
  "simulation",
  "tables",
  "templates",
];
const CLIENTS = ["hub", "chat"];
const IO = ["datasets", "rewriters", "scorers", "artifacts", "slurm", "rendering"];

/** What files of a folder may import besides files of the same folder. */
const ALLOWED: Record<string, string[]> = {
  domain: [],
  stats: [],
  home: [],
  reading: ["domain"],
  ...Object.fromEntries(PURE.map((folder) => [folder, ["domain", "stats", "estimators"]])),
  ...Object.fromEntries(CLIENTS.map((folder) => [folder, ["domain"]])),
  ...Object.fromEntries(
    IO.map((folder) => [folder, ["domain", "stats", "home", "reading", ...PURE, ...CLIENTS]]),
  ),
  pipeline: ["domain", "stats", "home", "reading", ...PURE, ...CLIENTS, ...IO],
  view: ["domain", "stats", "home", "reading", "estimators", "report", "datasets", "artifacts"],
  cli: ["domain", "stats", "home", "reading", ...PURE, ...CLIENTS, ...IO, "pipeline", "view", "."],
  ".": ["domain", "stats", ...PURE, ...IO, "pipeline"],
};
ALLOWED.simulation = ["domain", "stats", "estimators", "diagnostics"];
ALLOWED.templates = ["domain", "attributes"];
ALLOWED.tables = ["domain", "stats", "estimators", "report"];
ALLOWED.report = ["domain", "stats", "estimators", "attributes", "plots"];

interface SourceFile {
  readonly path: string;
  readonly folder: string;
  readonly imports: readonly { readonly target: string; readonly typeOnly: boolean }[];
}

function readSources(): SourceFile[] {
  return readdirSync(SOURCE, { recursive: true, encoding: "utf8" })
    .filter((name) => /\.tsx?$/.test(name))
    .map((name) => {
      const text = readFileSync(join(SOURCE, name), "utf8");
      const imports = [
        ...text.matchAll(/(?:import|export)\s+(type\s)?[^"';]*?from\s+"([^"]+)"|import\(\s*"([^"]+)"\s*\)/g),
      ];
      return {
        path: name,
        folder: name.includes("/") ? name.split("/")[0]! : ".",
        imports: imports.map((found) => ({
          target: (found[2] ?? found[3])!,
          typeOnly: found[1] !== undefined,
        })),
      };
    });
}

const sources = readSources();

function resolveImport(file: SourceFile, target: string): string {
  const path = relative(SOURCE, resolve(SOURCE, dirname(file.path), target));
  const found = sources.find((source) => source.path.replace(/(\.d)?\.tsx?$/, ".js") === path);
  assert.ok(found, `${file.path} imports ${target}, which is not there`);
  return found.path;
}

test("imports go in one direction", () => {
  for (const file of sources) {
    for (const { target } of file.imports.filter((entry) => entry.target.startsWith("."))) {
      const imported = sources.find((source) => source.path === resolveImport(file, target))!;
      if (imported.folder === file.folder) continue;
      const allowed = ALLOWED[file.folder];
      assert.ok(allowed, `${file.folder}/ is a new folder: say in this test what it may import`);
      assert.ok(allowed.includes(imported.folder), `${file.path} imports ${imported.path}`);
    }
  }
});

test("pure folders import nothing of node", () => {
  for (const file of sources.filter((source) => ["domain", "stats", ...PURE].includes(source.folder))) {
    const node = file.imports.filter(({ target }) => target.startsWith("node:"));
    assert.deepEqual(node, [], `${file.path} imports ${node.map(({ target }) => target)}`);
  }
});

test("there are no import cycles", () => {
  const state = new Map<string, "open" | "done">();
  const visit = (path: string, trail: string[]): void => {
    assert.notEqual(state.get(path), "open", `cycle: ${[...trail, path].join(" → ")}`);
    if (state.has(path)) return;
    state.set(path, "open");
    const file = sources.find((source) => source.path === path)!;
    for (const { target, typeOnly } of file.imports) {
      if (target.startsWith(".") && !typeOnly) visit(resolveImport(file, target), [...trail, path]);
    }
    state.set(path, "done");
  };
  for (const file of sources) visit(file.path, []);
});

test("the version is that of the package", async () => {
  const { VERSION } = await import("../src/version.js");
  assert.equal(VERSION, JSON.parse(readFileSync(join(REPOSITORY, "package.json"), "utf8")).version);
});
