import { readFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { Json } from "../../domain/example.js";
import { isObject } from "../../storage/examples/stored.js";
import { isOfSmokeTest, suffix, templateBeside, timestampOf } from "../../storage/project/file-names.js";
import { exists } from "../../storage/project/project.js";
import type { Facts, Origin } from "../html/model.js";

/** Steps from a scored file back to its rewrites that are followed at most. */
const MOST_STEPS = 32;

/**
 * How a scored file came about: the template files beside it and beside the files it was made from, and the record of its run. What is not there,
 * or cannot be read, is left out.
 */
export async function originOf(scored: string): Promise<Origin> {
  const scoring: Facts[] = [];
  let path: string | null = scored;
  let rewriting: Origin["rewriting"] = null;
  for (let step = 0; path !== null && step < MOST_STEPS; step += 1) {
    const name: string = basename(path);
    const template = templateBeside(name);
    if (template === null) {
      rewriting = await rewritingOf(path);
      break;
    }
    const facts = await factsOf(join(dirname(path), template));
    if (!facts) break;
    const { input, ...others } = facts;
    scoring.unshift(others);
    path = typeof input === "string" ? await findUp(dirname(path), input) : null;
  }
  return { rewriting, scoring, run: await runOf(scored) };
}

async function rewritingOf(rewrites: string): Promise<Origin["rewriting"]> {
  const name = basename(rewrites)
    .replace("_dataset_", "_template_")
    .replace(/\.jsonl?$/, "");
  const text = await readFile(join(dirname(rewrites), `${name}.txt`), "utf8").catch(() => null);
  if (text === null) return null;
  const at = text.lastIndexOf("\nRun\n");
  return {
    template: at < 0 ? text : text.slice(0, at).trim(),
    facts: (at < 0 ? null : objectIn(text.slice(at + "\nRun\n".length))) ?? {},
    prompt: promptIn(text),
  };
}

function promptIn(template: string): string | null {
  const line = /^attribute\.rewritePrompt: (".*")$/m.exec(template)?.[1];
  try {
    return line === undefined ? null : String(JSON.parse(line));
  } catch {
    return null;
  }
}

async function factsOf(path: string): Promise<Facts | null> {
  return objectIn(await readFile(path, "utf8").catch(() => ""));
}

function objectIn(text: string): Record<string, Json> | null {
  try {
    const value: Json = JSON.parse(text);
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}

async function runOf(scored: string): Promise<Origin["run"]> {
  const name = basename(scored);
  const stamp = { timestamp: timestampOf(name), smokeTest: isOfSmokeTest(name) };
  if (stamp.timestamp === "") return null;
  const path = await findUp(dirname(scored), join("runs", `${suffix(stamp)}.json`));
  const record = path && (await factsOf(path));
  if (!record || !Array.isArray(record.arguments)) return null;
  return {
    command: commandLine(record.arguments.map(String)),
    directory: String(record.directory ?? ""),
    version: String(record.version ?? ""),
  };
}

/** A path that is relative to a folder or to one of those above it. */
async function findUp(folder: string, path: string): Promise<string | null> {
  for (let at = folder; ; at = dirname(at)) {
    if (await exists(join(at, path))) return join(at, path);
    if (dirname(at) === at) return null;
  }
}

/** A call of the program as it is typed into a shell. */
export function commandLine(call: readonly string[]): string {
  const quoted = call.map((part) =>
    /^[\w@%+=:,./-]+$/.test(part) ? part : `'${part.replaceAll("'", "'\\''")}'`,
  );
  return ["rate", ...quoted].join(" ");
}
