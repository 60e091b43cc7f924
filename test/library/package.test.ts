import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { pathToFileURL } from "node:url";
import { REPOSITORY } from "../support/folders.js";

/** A user's project: the packed package, and beside it what it depends on. */
const project = mkdtempSync(join(tmpdir(), "rate-package-"));
after(() => rmSync(project, { recursive: true }));

const PACKAGE = JSON.parse(readFileSync(join(REPOSITORY, "package.json"), "utf8"));

interface Declaration {
  readonly name: string;
  readonly isType: boolean;
  readonly doc: string;
  readonly signature: string;
}
interface Part {
  readonly part: string;
  readonly declarations: readonly Declaration[];
}
const { readApi } = await import(pathToFileURL(join(REPOSITORY, "scripts/api.js")).href);
const parts: readonly Part[] = readApi();
const declarations = parts.flatMap((part) => part.declarations);

before(() => {
  const pack = ["pack", "--ignore-scripts", "--silent", "--pack-destination", project];
  execFileSync("npm", pack, { cwd: REPOSITORY, stdio: ["ignore", "ignore", "ignore"] });
  const modules = join(project, "node_modules");
  mkdirSync(join(modules, "rate-rm"), { recursive: true });
  const [tarball] = readdirSync(project).filter((name) => name.endsWith(".tgz"));
  execFileSync("tar", [
    "xzf",
    join(project, tarball!),
    "-C",
    join(modules, "rate-rm"),
    "--strip-components=1",
  ]);
  for (const name of [...Object.keys(PACKAGE.dependencies), "@types/node"]) {
    if (name.includes("/")) mkdirSync(join(modules, name.split("/")[0]!), { recursive: true });
    symlinkSync(join(REPOSITORY, "node_modules", name), join(modules, name));
  }
  writeFileSync(join(project, "package.json"), '{ "type": "module", "private": true }');
});

/** Compiles a file of the project as strictly as can be; returns what the compiler says. */
function compile(file: string): string {
  const strict = ["--strict", "--noEmit", "--module", "nodenext", "--target", "es2022", "--skipLibCheck"];
  const compiler = join(REPOSITORY, "node_modules", "typescript", "bin", "tsc");
  const call = [compiler, ...strict, "--types", "node", "--noUncheckedIndexedAccess", file];
  try {
    execFileSync(process.execPath, call, { cwd: project, encoding: "utf8" });
    return "";
  } catch (error) {
    return (error as { stdout: string }).stdout;
  }
}

test("every function of the library has a docstring with an example", () => {
  for (const { name, doc } of declarations.filter(({ signature }) => signature.startsWith("function"))) {
    assert.ok(doc.includes("@example"), `${name} has no @example`);
    assert.ok(!doc.startsWith("@example"), `${name} does not say what it does`);
  }
});

test("the examples compile as a user would write them", () => {
  const names = declarations.map(({ name, isType }) => (isType ? `type ${name}` : name));
  const source = [
    `import { ${names.join(", ")} } from "rate-rm";`,
    "declare const workspace: Workspace;",
    "declare const config: Config;",
  ];
  for (const { name, doc } of declarations)
    for (const example of doc.split("@example").slice(1))
      source.push(`export async function example_${name}(): Promise<void> {${example.split(/^@/m)[0]}\n}`);
  assert.ok(source.length > 30, "there are few examples");
  writeFileSync(join(project, "examples.ts"), source.join("\n"));
  assert.equal(compile("examples.ts"), "");
});

test("calls that make no sense do not compile", () => {
  const calls = [
    "estimateEffects({ treated: [true], rewrite: [1], rewriteOfRewrite: [1], original: [1] });",
    'estimateEffects(table, { interval: { method: "guess", level: 0.95 } });',
    'estimateEffects(table).rows[0]?.estimator === "rates";',
    "await estimateScored();",
    'await estimateScored("scored.jsonl", { rewardKey: "my-model" });',
    'await openRewardModel("embedded", { runtime: "gpu" });',
    'studyForest([], "poster");',
    'await runConfiguration({ rewrites: { dataset_name: "reviews_length" } }, await openWorkspace());',
    'await openWorkspace({ projectDir: "my-study" });',
    "await writeReport([], await openWorkspace());",
  ];
  const source = [
    'import { estimateEffects, estimateScored, openRewardModel, openWorkspace, runConfiguration, studyForest, writeReport, type RewardTable } from "rate-rm";',
    "declare const table: RewardTable;",
  ];
  for (const call of calls) source.push("// @ts-expect-error", call);
  writeFileSync(join(project, "wrong.ts"), source.join("\n"));
  assert.equal(compile("wrong.ts"), "");
});

test("the package is imported whole and by its parts, and a study runs from a program", () => {
  const checks = parts.map(({ part, declarations }) => {
    const name = declarations.find(({ isType }) => !isType)!.name;
    return `import * as of_${part} from "rate-rm/${part}";\nif (whole.${name} !== of_${part}.${name}) throw new Error("${part}");`;
  });
  writeFileSync(
    join(project, "use.js"),
    `import * as whole from "rate-rm";
${checks.join("\n")}
import { openWorkspace, parseConfiguration, readEffects, runConfiguration, writeFigure, writeTable } from "rate-rm";
const workspace = await openWorkspace({ directory: "study", environment: {} });
const config = parseConfiguration({
  rewrites: { dataset_name: "reviews_length", n_examples: 40, rewriter: "builtin" },
  scoring: { model: "embedded" },
});
const { results } = await runConfiguration(config, workspace);
const [{ path, scored, effects }] = results;
const [read] = await readEffects(path);
const again = await whole.estimateScored(scored, { concept: "length" });
// The same by its stages.
const stages = await openWorkspace({ directory: "stages", environment: {} });
await whole.createDatasets(config, stages);
await whole.scoreDatasets(config, stages);
const [byStages] = await whole.estimateDatasets({ ...config, effects: {} }, stages);
await writeFigure("forest", [path], "forest.svg", workspace);
const rows = await writeTable([scored], "differences.csv", workspace);
console.log(JSON.stringify([effects, read, again, byStages.effects].map((one) => one.ATE_rewritten_rewrite).concat(rows)));
`,
  );
  const said = execFileSync(process.execPath, ["use.js"], { cwd: project, encoding: "utf8" });
  const [made, read, again, byStages, rows] = JSON.parse(said);
  assert.equal(typeof made, "number");
  assert.equal(read, made);
  assert.equal(again, made);
  assert.equal(byStages, made);
  assert.equal(rows, 40);
  assert.match(readFileSync(join(project, "forest.svg"), "utf8"), /^<svg/);
});

test("the page of the library is up to date", () => {
  execFileSync(process.execPath, [join(REPOSITORY, "scripts/api.js"), "--check"], { stdio: "pipe" });
});
