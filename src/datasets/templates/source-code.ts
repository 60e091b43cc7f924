import { readFile } from "node:fs/promises";
import { dirname, join, relative, resolve } from "node:path";
import type { DatasetTemplate } from "../../domain/template.js";
import { built, HOME } from "../../storage/package/folders.js";

/** Source code that a template consists of or calls. */
export interface SourceCode {
  /** Within the package, or as the user named it. */
  readonly path: string;
  readonly text: string;
}

/** Files of code that are shown at most. */
const MOST_FILES = 40;

/**
 * The code of a template: of one's own file and all that it imports from its folder, whole; of a built-in one, or of
 * one made of columns, the module that holds it and the functions that this calls. Empty where the sources cannot be
 * read.
 */
export async function sourceCodeOf(template: DatasetTemplate, file: string | null): Promise<SourceCode[]> {
  try {
    if (file !== null) return await wholeFiles(resolve(file), dirname(resolve(file)));
    const module = moduleOf(template);
    const isNamed = typeof template.attribute === "string";
    const named = typeof template.attribute === "string" ? template.attribute : template.attribute.name;
    const attribute = isNamed || template.columns ? await attributeModule(named) : null;
    const found = new Map<string, Set<string> | null>();
    for (const root of [module, attribute]) if (root !== null) await collect(built(root), null, found);
    return await Promise.all([...found].map(async ([path, names]) => excerpt(path, names)));
  } catch {
    return [];
  }
}

/** The module of a built-in template, or the one that makes templates of columns. */
function moduleOf({ name, columns }: DatasetTemplate): string {
  if (columns) return "datasets/loading/columns.js";
  if (/_(?:typos|breaks)_\d+$/.test(name) || name === "reviews_vowels")
    return "datasets/templates/vowels-typos.js";
  if (name === "reviews_formality_shouting") return "datasets/templates/shouting.js";
  return name.startsWith("reviews_") ? "datasets/templates/index.js" : "datasets/templates/published.js";
}

/** The module of a ready-made attribute; null where there is none of that name. */
async function attributeModule(name: string): Promise<string | null> {
  const { readdir } = await import("node:fs/promises");
  const folder = "datasets/attributes";
  const files = await readdir(built(folder), { recursive: true });
  const own = new RegExp(`name: "${name}"|^\\s+${name}: \\{|\\["${name}",|"${name}",\\s+"`, "m");
  const ofThatName = `${name.replaceAll("_", "-")}.js`;
  if (files.includes(ofThatName)) return join(folder, ofThatName);
  for (const file of files.filter((one) => one.endsWith(".js")).sort()) {
    const path = join(folder, file);
    if (own.test(await readFile(built(path), "utf8"))) return path;
  }
  return null;
}

/** A file and those that it imports by relative paths. */
async function wholeFiles(root: string, folder: string): Promise<SourceCode[]> {
  const found = new Map<string, string>();
  const visit = async (path: string): Promise<void> => {
    if (found.has(path) || found.size >= MOST_FILES) return;
    const text = await readFile(path, "utf8");
    found.set(path, text);
    for (const { target } of importsIn(text)) {
      for (const end of ["", ".ts", ".js", ".mts", ".mjs"]) {
        const bare = end === "" ? target : target.replace(/\.[mc]?js$/, "") + end;
        const next = resolve(dirname(path), bare);
        const isThere = await readFile(next, "utf8").then(
          () => true,
          () => false,
        );
        if (isThere) {
          await visit(next);
          break;
        }
      }
    }
  };
  await visit(root);
  return [...found].map(([path, text]) => ({ path: relative(folder, path), text }));
}

/** Which names of which built modules are called, from a module (`null` for all of it) on. */
async function collect(
  path: string,
  names: readonly string[] | null,
  found: Map<string, Set<string> | null>,
): Promise<void> {
  if (found.get(path) === null || (!found.has(path) && found.size >= MOST_FILES)) return;
  const text = await readFile(path, "utf8");
  const declarations = declarationsIn(text);
  let used: string;
  if (names === null) {
    found.set(path, null);
    used = text;
  } else {
    const known = found.get(path) ?? new Set<string>();
    found.set(path, known);
    const open = names.filter((name) => !known.has(name));
    const fresh: string[] = [];
    for (let name = open.pop(); name !== undefined; name = open.pop()) {
      const declaration = declarations.get(name);
      if (known.has(name) || declaration === undefined) continue;
      known.add(name);
      fresh.push(declaration);
      for (const other of declarations.keys()) if (mentions(declaration, other)) open.push(other);
    }
    used = fresh.join("\n");
  }
  for (const { target, imported } of importsIn(text)) {
    const called = imported.filter(({ as }) => mentions(used, as)).map(({ name }) => name);
    if (called.length > 0) await collect(resolve(dirname(path), target), called, found);
  }
}

async function excerpt(path: string, names: ReadonlySet<string> | null): Promise<SourceCode> {
  const text = await readFile(path, "utf8");
  const declarations = declarationsIn(text);
  const parts =
    names === null ? [text] : [...declarations].flatMap(([name, part]) => (names.has(name) ? part : []));
  return { path: relative(join(HOME, "dist", "src"), path), text: parts.join("\n").trimEnd() };
}

function mentions(text: string, name: string): boolean {
  return new RegExp(`(?<![\\w$.])${name.replace(/\$/g, "\\$")}(?![\\w$])`).test(text);
}

/** The imports from relative paths, with the names as they are exported and as they are used. */
function importsIn(text: string): { target: string; imported: { name: string; as: string }[] }[] {
  const statements = text.matchAll(
    /^(?:import|export)\s+(?:type\s+)?([^"';]*?)\s*from\s+["'](\.[^"']*)["']/gm,
  );
  return [...statements].map(([, names, target]) => ({
    target: target!,
    imported: (/\{([^}]*)\}/.exec(names!)?.[1] ?? "").split(",").flatMap((part) => {
      const [name, as = name] = part
        .trim()
        .replace(/^type\s+/, "")
        .split(/\s+as\s+/);
      return name ? [{ name, as: as! }] : [];
    }),
  }));
}

/** Top-level declarations by their names, each with the comment before it. */
function declarationsIn(text: string): Map<string, string> {
  const lines = text.split("\n");
  const starts = lines.flatMap((line, index) => {
    const name = /^(?:export )?(?:default )?(?:async )?(?:const|let|var|class|function\*?)\s+([\w$]+)/.exec(
      line,
    )?.[1];
    return name === undefined ? [] : [{ name, index }];
  });
  const withComment = (index: number) => {
    let first = index;
    if (/\*\/\s*$/.test(lines[first - 1] ?? ""))
      do first -= 1;
      while (first > 0 && !/^\s*\/\*/.test(lines[first]!));
    return first;
  };
  return new Map(
    starts.map(({ name, index }, place) => {
      const next = starts[place + 1];
      const end = next ? withComment(next.index) : lines.length;
      return [name, lines.slice(withComment(index), end).join("\n").trimEnd()];
    }),
  );
}
