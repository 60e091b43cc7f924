import { rmSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";

/** How far a run is, for those who look from elsewhere. */
export interface Reached {
  readonly label: string;
  readonly done: number;
  readonly total: number;
  readonly note: string | null;
}

const WRITE_MS = 3_000;

/** A small file beside a run's record that tells how far it is. It is there for people; nothing depends on it. */
export class ProgressFile {
  private written = Number.NEGATIVE_INFINITY;

  constructor(private readonly path: string) {}

  /** Writes now and then, and at the beginning and end of each piece of work. */
  tell(reached: Reached): void {
    const now = performance.now();
    const matters = reached.done === reached.total || this.written === Number.NEGATIVE_INFINITY;
    if (!matters && now - this.written < WRITE_MS) return;
    this.written = now;
    try {
      writeFileSync(this.path, JSON.stringify(reached));
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
  try {
    return JSON.parse(await readFile(path, "utf8")) as Reached;
  } catch {
    return null;
  }
}
