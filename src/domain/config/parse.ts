import { type Document, isMap, isNode, isScalar, LineCounter, parseDocument } from "yaml";
import type { z } from "zod";
import { inputError } from "../errors.js";
import { closest } from "../suggest.js";
import { type Config, configSchema } from "./schema.js";

/**
 * The configuration in a YAML text. Throws an input error that names `file` and the line of every fault at once: syntax,
 * unknown keys (with the nearest known one), wrong types.
 */
export function parseConfig(text: string, file: string): Config {
  return parseYaml(text, file, configSchema);
}

/** What a YAML text says, checked against a schema; errors as of `parseConfig`. */
export function parseYaml<Value>(text: string, file: string, schema: z.ZodType<Value>): Value {
  const lines = new LineCounter();
  const document = documentOf(text, file, lines);
  const at = (offset: number) => `${file}:${lines.linePos(offset).line}`;
  if (document.errors.length > 0) {
    throw inputError(
      document.errors
        .slice(0, MOST_FAULTS)
        .map((error) => `${at(error.pos[0])}: is not YAML: ${error.message.split("\n")[0]}`)
        .join("\n"),
    );
  }
  const parsed = schema.safeParse(contentOf(document, file) ?? {});
  if (parsed.success) return parsed.data;
  throw inputError(
    parsed.error.issues
      .flatMap((issue) => describe(issue, schema))
      .slice(0, MOST_FAULTS)
      .map(
        ({ path, message }) => `${at(offsetOf(document, path))}: ${path.join(".") || "the file"}: ${message}`,
      )
      .join("\n"),
  );
}

/** More faults than these help nobody: the first of them are mended first. */
const MOST_FAULTS = 20;

/** No configuration nests so deep; the YAML parser may end the whole process on one that does. */
const DEEPEST = 500;

/** The first line at which a text may be nested deeper than a parser can follow, by its brackets, whatever they stand in, and its indentation; null when none is. */
function tooDeepAt(text: string): number | null {
  let open = 0;
  for (const [index, line] of text.split("\n").entries()) {
    for (const character of line) {
      if (character === "[" || character === "{") open += 1;
      else if (character === "]" || character === "}") open = Math.max(0, open - 1);
      if (open > DEEPEST) return index + 1;
    }
    if (/^[\s?:-]*/.exec(line)![0].length > DEEPEST) return index + 1;
  }
  return null;
}

/** A YAML text's nodes. */
function documentOf(text: string, file: string, lineCounter: LineCounter): Document {
  const deep = tooDeepAt(text);
  if (deep !== null)
    throw inputError(`${file}:${deep}: is nested more than ${DEEPEST} deep; is this the right file?`);
  try {
    return parseDocument(text, { lineCounter });
  } catch (cause) {
    throw inputError(`${file}:1: cannot be read as YAML (${(cause as Error).message})`, cause);
  }
}

/** What the nodes say. Aliases that would grow without bound, or name nothing, are refused. */
function contentOf(document: Document, file: string): unknown {
  try {
    return document.toJS();
  } catch (cause) {
    throw inputError(`${file}:1: cannot be read as YAML (${(cause as Error).message})`, cause);
  }
}

/** Checks a configuration that was not read from a file; `origin` says where it comes from in messages. */
export function checkConfig(value: unknown, origin: string): Config {
  const parsed = configSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw inputError(
    parsed.error.issues
      .flatMap((issue) => describe(issue, configSchema))
      .map(({ path, message }) => `${origin}: ${path.join(".")}: ${message}`)
      .join("\n"),
  );
}

interface Fault {
  readonly path: PropertyKey[];
  readonly message: string;
}

function describe(issue: z.core.$ZodIssue, schema: z.ZodType): Fault[] {
  if (issue.code === "unrecognized_keys") {
    const known = knownKeys(issue.path, schema);
    return issue.keys.map((key) => {
      const near = closest(key, known);
      return {
        path: [...issue.path, key],
        message: `unknown key${near ? `; did you mean ${near}?` : ""} (known: ${known.join(", ")})`,
      };
    });
  }
  if (issue.code === "invalid_union") {
    const inner =
      issue.errors.find((errors) => errors.some((error) => error.path.length > 0)) ?? issue.errors[0];
    if (inner?.[0]) return describe({ ...inner[0], path: [...issue.path, ...inner[0].path] }, schema);
  }
  return [{ path: issue.path, message: issue.message }];
}

/** The keys that the schema has at a path. */
function knownKeys(path: readonly PropertyKey[], whole: z.ZodType): string[] {
  let schema = whole;
  for (const step of path) {
    const inner = unwrapped(schema);
    const next = inner.shape?.[String(step)] ?? inner.valueType;
    if (next) schema = next;
  }
  return Object.keys(unwrapped(schema).shape ?? {});
}

/** An object's fields, or the values of a record, behind what may be left out or has a default. */
interface Structure {
  readonly shape?: Readonly<Record<string, z.ZodType>>;
  readonly valueType?: z.ZodType;
}

function unwrapped(schema: z.ZodType): Structure {
  let inner = schema as z.ZodType & Structure & { unwrap?: () => z.ZodType };
  while (!inner.shape && inner.unwrap) inner = inner.unwrap() as typeof inner;
  return inner;
}

/** Where in the text the value (or, for a key that should not be there, the key) at a path begins. */
function offsetOf(document: Document, path: readonly PropertyKey[]): number {
  for (let length = path.length; length > 0; length -= 1) {
    const parent = length === 1 ? document.contents : document.getIn(path.slice(0, length - 1), true);
    const last = path[length - 1];
    if (isMap(parent)) {
      const pair = parent.items.find((item) => isScalar(item.key) && item.key.value === last);
      if (pair && isNode(pair.key)) return pair.key.range?.[0] ?? 0;
    }
    const node = document.getIn(path.slice(0, length), true);
    if (isNode(node)) return node.range?.[0] ?? 0;
  }
  return 0;
}
