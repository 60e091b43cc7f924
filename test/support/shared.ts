import { existsSync } from "node:fs";
import { join } from "node:path";
import { REPOSITORY } from "./folders.js";

/** A file of the shared test data that lies beside the repository, and the reason to skip where it does not. */
export function sharedData(name: string): { path: string; skip: string | false } {
  const path = join(REPOSITORY, "..", "shared", "data", name);
  return { path, skip: existsSync(path) ? false : `../shared/data/${name} is not there` };
}

/** A file of the shared cases that lie beside the repository, and the reason to skip where it does not. */
export function sharedCase(name: string): { path: string; skip: string | false } {
  const path = join(REPOSITORY, "..", "shared", "cases", name);
  return { path, skip: existsSync(path) ? false : `../shared/cases/${name} is not there` };
}
