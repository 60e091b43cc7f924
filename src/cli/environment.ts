import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { inputError } from "../domain/errors.js";

export type Environment = Readonly<Record<string, string | undefined>>;

/** The environment with what the file `.env` in a folder adds; variables that are set already win. Throws when there is one that cannot be read. */
export async function readEnvironment(folder: string, environment: Environment): Promise<Environment> {
  const path = join(folder, ".env");
  const text = await readFile(path).catch((cause) => {
    // A folder of that name is somebody's virtual environment.
    if (cause.code === "ENOENT" || cause.code === "EISDIR") return null;
    throw inputError(
      `${path}: cannot be read (${cause.message}); mend its permissions or move it away`,
      cause,
    );
  });
  if (!text) return environment;
  const { parse } = await import("dotenv");
  return { ...parse(text), ...environment };
}
