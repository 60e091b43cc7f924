import { realpath } from "node:fs/promises";
import { isAbsolute, relative, resolve, sep } from "node:path";

/**
 * The file of a name that another file gives, below a folder. Null when there is none, and when the name leads out of the
 * folder: by being absolute, by `..`, or by a link.
 */
export async function fileWithin(folder: string, name: string): Promise<string | null> {
  const path = resolve(folder, name);
  if (isAbsolute(name) || !isInside(resolve(folder), path)) return null;
  const [real, top] = await Promise.all([path, folder].map((each) => realpath(each).catch(() => null)));
  return real && top && isInside(top, real) ? path : null;
}

/** Whether a path is that of something inside a folder; both must be absolute. */
export function isInside(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way !== "" && way !== ".." && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}
