import { inputError } from "../../domain/errors.js";

/**
 * Loads packages that only some users need and that are not installed with the program. Throws an input error that names them
 * and how to install them when one is not there.
 *
 * @param what - what needs them, as the beginning of a sentence: "PDF figures need"
 * @param packages - their names, as npm knows them
 * @param load - imports them
 */
export async function loadOptional<Loaded>(
  what: string,
  packages: readonly string[],
  load: () => Promise<Loaded>,
): Promise<Loaded> {
  try {
    return await load();
  } catch (cause) {
    if (!isMissing(cause, packages)) throw cause;
    const names = packages.join(" and ");
    const lacks = packages.length > 1 ? "not all of which are installed" : "which is not installed";
    throw inputError(`${what} ${names}, ${lacks}: run npm install ${packages.join(" ")}`, cause);
  }
}

function isMissing(cause: unknown, packages: readonly string[]): boolean {
  if (!(cause instanceof Error) || !("code" in cause)) return false;
  if (cause.code !== "ERR_MODULE_NOT_FOUND" && cause.code !== "MODULE_NOT_FOUND") return false;
  return packages.some((name) => cause.message.includes(name));
}
