/**
 * Writes `docs/api.md` from the docstrings of what the library exports: node scripts/api.js. With --check it writes nothing and
 * fails when the page is not up to date. Reads the built declarations (`dist/src`).
 */
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";

const ROOT = join(import.meta.dirname, "..");
const PAGE = join(ROOT, "docs/api.md");
const BUILT = join(ROOT, "dist/src");
const PARTS = ["statistics", "data", "scoring", "effects", "reporting", "study"];

/** The names that a module exports, each with the file that declares it. */
function exportsOf(file) {
  const text = readFileSync(file, "utf8");
  const found = [];
  for (const [, typeOnly, names, from] of text.matchAll(/^export (type )?\{([^}]*)\} from "([^"]+)";/gm))
    for (const name of names
      .split(",")
      .map((part) => part.trim())
      .filter(Boolean))
      found.push({
        name: name.replace(/^type /, ""),
        isType: Boolean(typeOnly) || name.startsWith("type "),
        file: join(dirname(file), from.replace(/\.js$/, ".d.ts")),
      });
  for (const [, kind, name] of text.matchAll(
    /^export (?:declare )?(function|class|const|interface|type) (\w+)/gm,
  ))
    found.push({ name, isType: kind === "interface" || kind === "type", file });
  return found;
}

/** A declaration with its docstring. */
function declarationOf({ name, file, isType }) {
  const text = readFileSync(file, "utf8");
  const start = new RegExp(
    `^export (?:declare )?(?:function|class|const|interface|type) ${name}\\b`,
    "m",
  ).exec(text);
  if (!start) {
    const moved = exportsOf(file).find((other) => other.name === name && other.file !== file);
    if (!moved) throw new Error(`${file}: does not declare ${name}`);
    return declarationOf({ ...moved, isType });
  }
  const before = text.slice(0, start.index);
  const doc = /\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\s*$/.exec(before)?.[1] ?? "";
  return {
    name,
    isType,
    place: relative(BUILT, file).replace(/\.d\.ts$/, ".ts"),
    doc: doc
      .split("\n")
      .map((line) => line.replace(/^\s*\* ?/, "").trimEnd())
      .join("\n")
      .trim(),
    signature: signatureOf(text.slice(start.index)),
  };
}

/** The text up to the end of the declaration: its closing bracket or semicolon outside all brackets. */
function signatureOf(text) {
  let depth = 0;
  for (let at = 0; at < text.length; at += 1) {
    if (text.startsWith("/*", at)) at = text.indexOf("*/", at) + 1;
    else if ("{([".includes(text[at])) depth += 1;
    else if ("})]".includes(text[at])) {
      depth -= 1;
      if (depth === 0 && text[at] === "}" && /^export (?:declare )?(?:interface|class) /.test(text))
        return clean(text.slice(0, at + 1));
    } else if (text[at] === ";" && depth === 0) return clean(text.slice(0, at));
  }
  throw new Error(`no end of: ${text.slice(0, 80)}`);
}

function clean(text) {
  return text.replace(/^export (declare )?/, "").replace(/ {4}/g, "  ");
}

/** A paragraph or list item as lines of at most 118 characters. */
function wrapped(text) {
  const lines = [];
  const indent = text.startsWith("- ") ? "  " : "";
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= 118)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(`${lines.length === 0 ? "" : indent}${word}`);
  }
  return lines;
}

/** Prose, parameters and example of a docstring as Markdown. */
function described({ name, doc, isType, signature, place }) {
  const [prose, ...tags] = doc.split(/^@/m);
  const about = (tag) =>
    tags
      .filter((text) => text.startsWith(`${tag} `) || text.startsWith(`${tag}\n`))
      .map((text) => text.slice(tag.length).trim());
  const lines = [`### \`${name}\``, "", "```ts", signature, "```", ""];
  if (prose.trim()) lines.push(...wrapped(prose.trim().split("\n").join(" ")), "");
  for (const text of about("param")) lines.push(...wrapped(`- ${text.replace(/^(\S+) - /, "`$1`: ")}`));
  for (const text of about("returns")) lines.push(...wrapped(`- Returns ${text}`));
  for (const text of about("throws")) lines.push(...wrapped(`- Throws ${text}`));
  if (tags.some((text) => /^(param|returns|throws)\b/.test(text))) lines.push("");
  for (const text of about("example")) lines.push("```ts", text, "```", "");
  if (!isType) lines.push(`Source: \`src/${place}\``, "");
  return lines;
}

/** All that the library exports, by part; what several parts export is in the first of them. */
export function readApi() {
  const seen = new Set();
  return PARTS.map((part) => {
    const file = join(BUILT, "library", `${part}.d.ts`);
    const title = /^\/\*\* (.*) \*\//m.exec(readFileSync(join(ROOT, "src/library", `${part}.ts`), "utf8"))[1];
    const own = exportsOf(file).filter(({ name }) => !seen.has(name));
    for (const { name } of own) seen.add(name);
    return { part, title, declarations: own.map(declarationOf) };
  });
}

function pageOf(parts) {
  const lines = [
    "# The library",
    "",
    "<!-- Made by scripts/api.js from the docstrings: change those, then run make api. -->",
    "",
    'All of it is exported by `rate-rm`; each part also by its own name, for example `import { estimateEffects } from "rate-rm/statistics"`.',
    'Functions that fail for a reason of the caller\'s throw a `RateError` with `kind: "input"`.',
    "",
  ];
  for (const { part, title, declarations } of parts) {
    lines.push(`## rate-rm/${part}`, "", title, "");
    const functions = declarations.filter(({ isType }) => !isType);
    const types = declarations.filter(({ isType }) => isType);
    for (const declaration of functions) lines.push(...described(declaration));
    if (types.length > 0) {
      lines.push("### Types", "");
      for (const { name, doc } of types)
        lines.push(
          ...wrapped(`- \`${name}\`${doc ? `: ${doc.split(/^@/m)[0].trim().split("\n").join(" ")}` : ""}`),
        );
      lines.push("");
    }
  }
  return `${lines.join("\n").trimEnd()}\n`;
}

if (process.argv[1]?.endsWith("api.js")) {
  const page = pageOf(readApi());
  if (!process.argv.includes("--check")) writeFileSync(PAGE, page);
  else if (readFileSync(PAGE, "utf8") !== page) {
    console.error(`docs/api.md is not up to date: run make api`);
    process.exit(1);
  }
}
