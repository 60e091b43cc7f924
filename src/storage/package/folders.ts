import { existsSync } from "node:fs";
import { dirname, join } from "node:path";

/** The package's folder: what is nearest above this file, which is built into `dist/src` and into the program in `dist/program`. */
export const HOME = homeOf(import.meta.dirname);

function homeOf(folder: string): string {
  return existsSync(join(folder, "package.json")) ? folder : homeOf(dirname(folder));
}

/** A file that the build has made of one in `src`. */
export function built(path: string): string {
  return join(HOME, "dist", "src", path);
}
