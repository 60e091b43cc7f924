import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { isMainThread } from "node:worker_threads";

// Loaded before the program (`--import`): counts the operations that change the disk and ends the process by SIGKILL in place of number DIE_AT.
// What was to be written then is written by half. Without DIE_AT, the number of operations goes to the file COUNT_TO when the process ends.
const dieAt = Number(process.env.DIE_AT ?? 0);
let count = 0;

type Operation = (this: unknown, ...args: unknown[]) => unknown;

/** Puts a counting function in the place of each of an object's named ones. */
function counted(
  owner: object,
  names: readonly string[],
  half: (self: unknown, args: unknown[]) => void,
): void {
  const operations = owner as Record<string, Operation>;
  for (const name of names) {
    const real = operations[name]!;
    operations[name] = function (...args) {
      count += 1;
      if (count === dieAt) {
        half(this, args);
        process.kill(process.pid, "SIGKILL");
      }
      return real.apply(this, args);
    };
  }
}

const { appendFileSync, openSync, promises, writeSync } = fs;
const half = (content: unknown) => {
  const bytes = Buffer.from(content as string);
  return bytes.subarray(0, Math.floor(bytes.length / 2));
};

if (isMainThread) {
  const handle = await promises.open("/dev/null");
  const prototype = Object.getPrototypeOf(handle);
  await handle.close();
  const nothing = () => undefined;
  counted(prototype, ["datasync", "sync", "truncate"], nothing);
  counted(prototype, ["appendFile", "write"], (self, [content, at]) => {
    writeSync((self as { fd: number }).fd, half(content), 0, undefined, typeof at === "number" ? at : null);
  });
  const changing = "rename rm unlink mkdir mkdtemp rmdir truncate chmod chown open".split(" ");
  counted(promises, changing, nothing);
  counted(fs, ["mkdirSync", "rmSync"], nothing);
  counted(fs, ["appendFileSync"], (_, [path, content]) => appendFileSync(path as string, half(content)));
  counted(fs, ["writeFileSync"], (_, [path, content]) => {
    writeSync(openSync(path as string, "w"), half(content));
  });
  syncBuiltinESMExports();
  const countTo = process.env.COUNT_TO;
  if (countTo) process.on("exit", () => writeSync(openSync(countTo, "w"), String(count)));
}
