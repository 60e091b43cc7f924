import { setTimeout as sleep } from "node:timers/promises";
import type { z } from "zod";
import { type Api, policy } from "../../language-models/api.js";
import type { BadLine } from "../batches/provider.js";

/**
 * The lines of a file of results. A connection that breaks halfway is made again: the file is read from its beginning, past
 * what is known. `call` turns the last error into words about `thing`.
 */
export async function* resultLines(
  api: Api,
  path: string,
  call: <Result>(perform: () => Promise<Result>, signal: AbortSignal, thing: string) => Promise<Result>,
  thing: string,
  signal: AbortSignal,
): AsyncIterable<string> {
  let given = 0;
  for (let failures = 1; ; failures += 1) {
    try {
      let seen = 0;
      for await (const line of linesOf(api.download(path, signal))) {
        seen += 1;
        if (seen <= given) continue;
        given = seen;
        yield line;
      }
      return;
    } catch (cause) {
      signal.throwIfAborted();
      const pause = policy(cause, failures);
      if (pause === null) await call(() => Promise.reject(cause), signal, thing);
      else await sleep(pause, undefined, { signal });
    }
  }
}

async function* linesOf(pieces: AsyncIterable<Buffer>): AsyncIterable<string> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const piece of pieces) {
    const lines = (rest + decoder.decode(piece, { stream: true })).split("\n");
    rest = lines.pop()!;
    yield* lines;
  }
  rest += decoder.decode();
  if (rest !== "") yield rest;
}

/** A line of results in its form, or what is wrong with it. */
export function checkLine<Line extends object>(line: string, schema: z.ZodType<Line>): Line | BadLine {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return { fault: `not JSON: ${JSON.stringify(line.slice(0, 60))}` };
  }
  const found = schema.safeParse(value);
  if (found.success) return found.data;
  const [issue] = found.error.issues;
  return { fault: `${issue?.path.join(".") || "its form"}: ${issue?.message}` };
}
