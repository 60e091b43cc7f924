import { access, readdir, stat } from "node:fs/promises";
import { isAbsolute, join, resolve } from "node:path";
import { inputError } from "../../domain/errors.js";
import { tableKind } from "../../storage/readers/tables/index.js";

/**
 * The files that paths name, in order: a file itself, the tables in a folder, or those that fit a pattern (`*`, `?`,
 * `[…]`, `{a,b}`, and `**` for any folders). Relative paths are tried in the current folder, then below the project
 * directory. Throws when a path is in neither.
 */
export async function filesOf(
  paths: string | readonly string[],
  projectDirectory: string,
): Promise<[string, ...string[]]> {
  const found: string[] = [];
  for (const path of typeof paths === "string" ? [paths] : paths)
    found.push(...(await namedBy(path, projectDirectory)));
  const seen = new Set<string>();
  const files = found.filter((file) => !seen.has(resolve(file)) && seen.add(resolve(file)));
  return files as [string, ...string[]];
}

async function namedBy(path: string, projectDirectory: string): Promise<string[]> {
  const places = isAbsolute(path) ? [path] : [path, join(projectDirectory, path)];
  for (const place of places) {
    const found = await stat(place).catch(() => null);
    if (found?.isDirectory()) return tablesIn(place);
    if (found) return [place];
  }
  if (/[*?[{]/.test(path)) {
    for (const place of places) {
      const files = await fitting(place);
      if (files.length > 0) return files;
    }
    throw inputError(`${path}: no file fits (looked for ${places.join(" and ")})`);
  }
  throw inputError(`${path}: there is no such file (looked for ${places.join(" and ")})`);
}

/** The tables in a folder. Throws when there are none, or of several kinds. */
async function tablesIn(folder: string): Promise<string[]> {
  const names = (await readdir(folder, { withFileTypes: true }))
    .filter((entry) => !entry.isDirectory() && !/^[._]/.test(entry.name))
    .map(({ name }) => name);
  const tables = names.filter((name) => tableKind(name) !== null);
  const kinds = [...new Set(tables.map(tableKind))];
  if (tables.length === 0)
    throw inputError(
      `${folder}: is a folder without tables (JSONL, JSON, CSV, TSV or Parquet${names.length > 0 ? `; it holds ${names.slice(0, 5).join(", ")}` : ""}); name the files`,
    );
  if (kinds.length > 1)
    throw inputError(
      `${folder}: is a folder with tables of several kinds (${kinds.join(", ")}); name those that belong together, for example ${join(folder, `*${kinds[0]}`)}`,
    );
  return inOrder(tables).map((name) => join(folder, name));
}

/** part-2 stands before part-10. */
function inOrder(names: readonly string[]): string[] {
  return [...names].sort(new Intl.Collator("en", { numeric: true }).compare);
}

/** The files that fit a pattern, those of each alternative in braces in turn. */
async function fitting(pattern: string): Promise<string[]> {
  const braces = /\{([^{}]*)\}/.exec(pattern);
  if (!braces) return fittingPlain(pattern);
  const found: string[] = [];
  for (const text of braces[1]!.split(","))
    found.push(
      ...(await fitting(
        pattern.slice(0, braces.index) + text + pattern.slice(braces.index + braces[0].length),
      )),
    );
  return found;
}

async function fittingPlain(pattern: string): Promise<string[]> {
  const steps = pattern.split("/");
  const found: string[] = [];
  const visit = async (folder: string, index: number): Promise<void> => {
    const step = steps[index]!;
    const isLast = index === steps.length - 1;
    const inside = (name: string) => (folder === "" ? name : join(folder, name));
    if (step === "**" && !isLast) {
      await visit(folder, index + 1);
      for (const { name } of (await entriesOf(folder)).filter((entry) => entry.isDirectory()))
        await visit(inside(name), index);
      return;
    }
    if (!/[*?[]/.test(step)) {
      const next = index === 0 && step === "" ? "/" : inside(step);
      if (!isLast) return visit(next, index + 1);
      const there = await access(next).then(
        () => true,
        () => false,
      );
      if (there) found.push(next);
      return;
    }
    const fits = expressionOf(step);
    for (const entry of await entriesOf(folder)) {
      if (!fits.test(entry.name) || (entry.name.startsWith(".") && !step.startsWith("."))) continue;
      if (isLast !== entry.isDirectory()) {
        if (isLast) found.push(inside(entry.name));
        else await visit(inside(entry.name), index + 1);
      }
    }
  };
  await visit("", 0);
  return inOrder(found);
}

async function entriesOf(folder: string) {
  return readdir(folder === "" ? "." : folder, { withFileTypes: true }).catch(() => []);
}

/** A step of a pattern as an expression. */
function expressionOf(step: string): RegExp {
  const source = step.replace(/\*+|\?|\[[^\]]*\]|[.+^$()|\\[\]{}]/g, (part) => {
    if (part[0] === "*") return "[^/]*";
    if (part === "?") return "[^/]";
    if (part[0] === "[" && part.length > 2) return part.replace(/^\[!/, "[^").replace(/\\/g, "\\\\");
    return `\\${part}`;
  });
  return new RegExp(`^${source}$`);
}
