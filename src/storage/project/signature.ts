import { createHmac, randomBytes, randomUUID, timingSafeEqual } from "node:crypto";
import { link, readFile, rm, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { makeFolder } from "./files.js";

/** A command as a run's record keeps it. */
export interface RecordedCall {
  readonly arguments: readonly string[];
  readonly directory: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

const KEY_BYTES = 32;

/**
 * The mark of a user's own call, so that a record that came with somebody else's folder can be told from it. The secret
 * that makes it lies in the user's own state folder (`XDG_STATE_HOME`, else `~/.local/state`). Null where there is none and
 * none can be kept.
 */
export async function signatureOf(call: RecordedCall, environment: Environment): Promise<string | null> {
  const key = await userKey(environment, true);
  return key && markOf(call, key);
}

/** Whether a record carries the mark of this user. */
export async function isOwnCall(
  call: RecordedCall & { readonly signature?: unknown },
  environment: Environment,
): Promise<boolean> {
  if (typeof call.signature !== "string") return false;
  const key = await userKey(environment, false);
  if (!key) return false;
  const [given, expected] = [call.signature, markOf(call, key)].map((text) => Buffer.from(text));
  return given!.length === expected!.length && timingSafeEqual(given!, expected!);
}

function markOf(call: RecordedCall, key: Buffer): string {
  return createHmac("sha256", key)
    .update(JSON.stringify([call.directory, ...call.arguments]))
    .digest("hex");
}

async function userKey(environment: Environment, make: boolean): Promise<Buffer | null> {
  const home = environment.HOME || homedir();
  const path = join(environment.XDG_STATE_HOME || join(home, ".local", "state"), "rate", "key");
  const found = await readFile(path).catch(() => null);
  if (found?.length === KEY_BYTES) return found;
  if (!make || found) return null;
  const draft = `${path}.${randomUUID()}`;
  try {
    await makeFolder(dirname(path));
    await writeFile(draft, randomBytes(KEY_BYTES), { mode: 0o600, flag: "wx" });
    // Of several that begin at once, one makes the key for all; it is there whole or not at all.
    await link(draft, path).catch(() => undefined);
  } catch {
    // A home that cannot be written to: runs are continued by hand.
  } finally {
    await rm(draft, { force: true }).catch(() => undefined);
  }
  return readFile(path).then(
    (key) => (key.length === KEY_BYTES ? key : null),
    () => null,
  );
}
