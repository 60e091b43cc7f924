import { readManifest } from "../../storage/project/manifest.js";
import { diffManifests } from "../../study/manifest-diff.js";
import type { DiffFlags } from "../commands/diff.js";
import { diffText } from "../terminal/diff.js";
import { print, printJson } from "../terminal/print.js";

/** `rate diff` */
export async function run(flags: DiffFlags, [a, b]: readonly string[]): Promise<void> {
  const found = diffManifests(await readManifest(a!), await readManifest(b!));
  if (flags.json) printJson(found);
  else print(diffText(found));
}
