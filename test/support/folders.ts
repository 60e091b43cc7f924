import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { TestContext } from "node:test";

/** An empty folder that is gone when the test ends. */
export function emptyFolder(test: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "rate-test-"));
  test.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** The root of the repository, from the compiled tests. */
export const REPOSITORY = resolve(import.meta.dirname, "..", "..", "..");
