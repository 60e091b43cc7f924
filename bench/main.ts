import { execFileSync } from "node:child_process";
import { appendFileSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { join } from "node:path";
import { VERSION } from "../src/domain/version.js";
import { benchBootstrap } from "./bootstrap.js";
import { benchEffects } from "./effects.js";
import { REPOSITORY } from "./measure.js";
import { benchRequests } from "./requests.js";
import { benchScoring } from "./scoring.js";
import { benchStart } from "./start.js";
import { benchView } from "./view.js";

const PARTS: Readonly<Record<string, () => Promise<string>>> = {
  start: benchStart,
  effects: benchEffects,
  bootstrap: benchBootstrap,
  requests: benchRequests,
  scoring: benchScoring,
  view: benchView,
};
const HISTORY = join(REPOSITORY, "docs", "performance-history.md");

const { ONLY = "", RECORD = "" } = process.env;
const wanted = ONLY.split(/[\s,]+/).filter(Boolean);
const unknown = wanted.filter((name) => !Object.hasOwn(PARTS, name));
if (unknown.length > 0) {
  process.stderr.write(
    `no part is called ${unknown.join(", ")}; there are ${Object.keys(PARTS).join(", ")}\n`,
  );
  process.exit(2);
}

let text = "";
const say = (part: string) => {
  process.stdout.write(part);
  text += part;
};
const processors = `${cpus().length} × ${cpus()[0]?.model ?? "unknown processor"}`;
say(`${processors}, Node.js ${process.version}, load before ${loadavg()[0]!.toFixed(1)}\n\n`);
say("| what | measured | goals |\n");
say("| --- | --- | --- |\n");
for (const [name, bench] of Object.entries(PARTS))
  if (wanted.length === 0 || wanted.includes(name)) say(await bench());
if (RECORD !== "") appendFileSync(HISTORY, `\n## ${heading()}\n\n${text}`);

/** When, and of what: the commit says when the working tree is not just that. */
function heading(): string {
  const git = (...args: string[]) => execFileSync("git", args, { cwd: REPOSITORY, encoding: "utf8" }).trim();
  const changed = git("status", "--porcelain", "--", "src", "bench", "assembly", "package-lock.json");
  const commit = `commit ${git("rev-parse", "--short", "HEAD")}${changed === "" ? "" : ", changed"}`;
  return `${new Date().toISOString().slice(0, 10)}, version ${VERSION}, ${commit}`;
}
