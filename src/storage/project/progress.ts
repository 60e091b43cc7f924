import { rmSync, writeFileSync } from "node:fs";
import { z } from "zod";
import { checked, readJson } from "../readers/json-file.js";
import type { SmallFile } from "../readers/small-file.js";

const reached = z
  .object({
    label: z.string(),
    done: z.number(),
    total: z.number(),
    note: z.string().nullable().default(null),
  })
  .readonly();

/** How far a run is, for those who look from elsewhere. */
export type Reached = z.infer<typeof reached>;

const PROGRESS: SmallFile = {
  what: "a word of progress",
  most: 1 << 20,
  advice: "it tells how far a run is",
};

const WRITE_MS = 3_000;

/** A small file beside a run's record that tells how far it is. It is there for people; nothing depends on it. */
export class ProgressFile {
  private written = Number.NEGATIVE_INFINITY;

  constructor(private readonly path: string) {}

  /** Writes now and then, and at the beginning and end of each piece of work. */
  tell(how: Reached): void {
    const now = performance.now();
    const matters = how.done === how.total || this.written === Number.NEGATIVE_INFINITY;
    if (!matters && now - this.written < WRITE_MS) return;
    this.written = now;
    try {
      writeFileSync(this.path, JSON.stringify(how));
    } catch {
      // A full disk stops the work itself soon enough, with its own message.
    }
  }

  remove(): void {
    rmSync(this.path, { force: true });
  }
}

/** Null where nothing is told, or while it is being written. */
export async function readProgress(path: string): Promise<Reached | null> {
  return readJson(path, PROGRESS)
    .then((file) => checked(file, reached))
    .catch(() => null);
}
