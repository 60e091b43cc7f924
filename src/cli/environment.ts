import { readFile } from "node:fs/promises";
import { join } from "node:path";

export type Environment = Readonly<Record<string, string | undefined>>;

/** The environment with what `.env` in a folder adds; variables that are set already win. */
export async function readEnvironment(folder: string, environment: Environment): Promise<Environment> {
  const text = await readFile(join(folder, ".env")).catch(() => null);
  if (!text) return environment;
  const { parse } = await import("dotenv");
  return { ...parse(text), ...environment };
}
