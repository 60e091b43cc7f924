import { stat } from "node:fs/promises";
import { TEXT_KEYS } from "../../domain/example.js";
import { isObject } from "../readers/json-value.js";
import { Shape, type ShapeQuery } from "./layout.js";
import { FOUND, LineScanner } from "./line-scanner.js";
import { parseLine, tooLong } from "./lines.js";
import { forEachPiece, type Piece, READ_SIZE } from "./pieces.js";
import { rewardKeysOf } from "./record.js";

/** Whether reward keys can be found by a scan, which knows rewards by how the key of a rewrite begins. */
export function keysAreScanned({ textKeys }: ShapeQuery): boolean {
  const { rewrite, rewriteOfRewrite } = { ...TEXT_KEYS, ...textKeys };
  return [rewrite, rewriteOfRewrite].some((key) => key.startsWith("rewrit"));
}

/**
 * The reward keys of all lines of a JSONL file. Every line is looked at, but only those are parsed that have a field, able to hold rewards, which no line before them had. Lines
 * that are no objects are left to those who read the rows.
 */
export async function scanKeys(path: string, query: ShapeQuery): Promise<Set<string>> {
  const shape = new Shape(query);
  const keys = { ...TEXT_KEYS, ...query.textKeys };
  const found = new Set<string>();
  const plain = { outer: 0, flags: 0, inner: 0 };
  const scanner = new LineScanner({ outer: ["completions"], inner: [], innerOf: -1, plain }, READ_SIZE);
  scanner.watchNames();
  let number = 0;
  const look = () => {
    const text = scanner.bytes.toString("utf8", scanner.lineStart, scanner.lineEnd);
    const value = parseLine(text, `${path}:${number}`);
    if (!isObject(value)) return;
    for (const { record } of shape.expanded(value))
      for (const key of rewardKeysOf(shape.canonical(record), keys)) found.add(key);
  };
  const read = ({ from, to, until, last }: Piece): number => {
    for (let at = from; ; at = scanner.position) {
      const state = scanner.scan(at, to, until, last, 0);
      if (state === FOUND.nothing) return scanner.position;
      number += 1;
      if (state === FOUND.broken || (state === FOUND.object && scanner.freshName() !== null)) look();
    }
  };
  const { size } = await stat(path);
  forEachPiece({ path, start: 0, end: size }, scanner, read, () =>
    tooLong(`${path}:${number + 1}: has a line`),
  );
  return found;
}
