import { readFileSync } from "node:fs";
import { type RandomSource, uniform } from "../../src/estimation/numeric/random.js";

/** Malformed files of each kind; the seed makes them the same in every run. */
export const FILES = 130;
export const SEED = 7;

/** Values where others belong. */
const WRONG = [
  "NaN",
  "Infinity",
  "-Infinity",
  "1e999",
  "-1e308",
  "123456789012345678901234567890",
  "null",
  "true",
  '"text"',
  '""',
  "[]",
  "{}",
  "[1]",
  '{"__proto__": 1}',
  '"\\ud800"',
  "'",
];

const DEPTH = 100_000;

/** A whole number from 0 to below `end`. */
function below(random: RandomSource, end: number): number {
  return Math.floor(uniform(random) * end);
}

function pick<Value>(random: RandomSource, values: readonly Value[]): Value {
  return values[below(random, values.length)]!;
}

type Damage<Content> = (content: Content, random: RandomSource) => Content | Buffer;

/** What may befall any file. */
const OF_BYTES: readonly Damage<Buffer>[] = [
  (bytes, random) => bytes.subarray(0, below(random, bytes.length)),
  (bytes, random) => bytes.subarray(below(random, bytes.length)),
  (bytes, random) => {
    const changed = Buffer.from(bytes);
    for (let left = 1 + below(random, 4); left > 0; left -= 1)
      changed[below(random, bytes.length)] = below(random, 256);
    return changed;
  },
  (bytes, random) => {
    const at = below(random, bytes.length);
    const cut = at + below(random, 20);
    return Buffer.concat([bytes.subarray(0, at), bytes.subarray(cut)]);
  },
  (bytes) => Buffer.concat([bytes, bytes]),
  (bytes) => Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), bytes]),
  (_, random) => Buffer.from(Array.from({ length: below(random, 400) }, () => below(random, 256))),
  () => Buffer.alloc(0),
];

/** What may befall a file of text. */
const OF_TEXT: readonly Damage<string>[] = [
  // A value of another type: after a colon, or between commas.
  (text, random) => {
    const values = [...text.matchAll(/(?<=[:,[]\s*)(?:"[^"\n]*"|[\w.+-]+|\{[^{}\n]*\}|\[[^[\]\n]*\])/g)];
    if (values.length === 0) return text;
    const { index, 0: value } = pick(random, values);
    return text.slice(0, index) + pick(random, WRONG) + text.slice(index + value.length);
  },
  (text, random) => {
    const values = [...text.matchAll(/(?<=[:,[]\s*)(?:"[^"\n]*"|[\w.+-]+|\{[^{}\n]*\}|\[[^[\]\n]*\])/g)];
    if (values.length === 0) return text;
    const { index, 0: value } = pick(random, values);
    const [open, close] = pick(random, [
      ["[", "]"],
      ['{"a":', "}"],
    ] as const);
    const middle = open === "[" ? "" : "1";
    const nested = open.repeat(DEPTH) + middle + close.repeat(DEPTH);
    return text.slice(0, index) + nested + text.slice(index + value.length);
  },
  (_, random) => pick(random, ["[", "{", '{"a":', "- ", "["]).repeat(DEPTH),
  // Lines that stand twice: ids and keys that do.
  (text, random) => {
    const lines = text.split("\n");
    const line = pick(random, lines);
    lines.splice(below(random, lines.length), 0, line);
    return lines.join("\n");
  },
  (text) => text.replaceAll("\n", "\r\n"),
  (text) => Buffer.from(`\ufeff${text}`, "utf16le"),
  (text, random) => {
    const key = pick(random, [...text.matchAll(/\w{2,}/g)])[0];
    return text.replaceAll(key, pick(random, ["__proto__", "constructor", "", "other", "toString"]));
  },
  (text, random) => {
    const at = below(random, text.length);
    return text.slice(0, at) + pick(random, ["\0", '"', "{", "}", "]", ",", "\n", "\u2028"]) + text.slice(at);
  },
];

/** A malformed (or, by luck, still readable) version of a file. */
export function damaged(whole: string | Uint8Array, random: RandomSource): Buffer {
  if (typeof whole === "string" && below(random, 3) > 0)
    return Buffer.from(pick(random, OF_TEXT)(whole, random) as string);
  return Buffer.from(pick(random, OF_BYTES)(Buffer.from(whole as string), random));
}

/** The beginning of a file, for the message of a failing test. */
export function show(path: string): string {
  return JSON.stringify(readFileSync(path).toString("latin1", 0, 300));
}
