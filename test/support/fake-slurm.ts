import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export interface FakeSlurm {
  /** For PATH. */
  readonly bin: string;
  /** What sbatch was given, in order: arguments and script. */
  readonly submitted: () => { args: string[]; script: string }[];
  /** What scancel was given. */
  readonly cancelled: () => string[];
  /** What squeue and sacct are to say. */
  readonly say: (command: "squeue" | "sacct" | "sinfo", text: string) => void;
  /** From the `from`-th job on, sbatch says this and fails. */
  readonly refuse: (from: number, text: string) => void;
}

/** Stand-ins for SLURM's commands in a folder. Job ids count from 101. */
export function fakeSlurm(folder: string): FakeSlurm {
  const bin = join(folder, "slurm-bin");
  mkdirSync(bin);
  const at = (name: string) => join(bin, name);
  const tool = (name: string, code: string) => {
    writeFileSync(
      at(name),
      `#!${process.execPath}\nconst fs = require("node:fs");\nconst at = (name) => ${JSON.stringify(`${bin}/`)} + name;\nconst args = process.argv.slice(2);\n${code}\n`,
    );
    chmodSync(at(name), 0o755);
  };
  const read = (name: string) => {
    try {
      return readFileSync(at(name), "utf8")
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line));
    } catch {
      return [];
    }
  };
  tool(
    "sbatch",
    `const count = fs.existsSync(at("submitted")) ? fs.readFileSync(at("submitted"), "utf8").trim().split("\\n").length : 0;
const refusal = fs.existsSync(at("refusal")) ? JSON.parse(fs.readFileSync(at("refusal"), "utf8")) : null;
if (refusal && count >= refusal.from) { process.stderr.write(refusal.text); process.exit(1); }
fs.appendFileSync(at("submitted"), JSON.stringify({ args, script: fs.readFileSync(0, "utf8") }) + "\\n");
console.log(101 + count + ";cluster");`,
  );
  tool("scancel", `fs.appendFileSync(at("cancelled"), JSON.stringify(args) + "\\n");`);
  for (const name of ["squeue", "sacct", "sinfo"]) {
    tool(
      name,
      `if (!fs.existsSync(at("${name}.txt"))) { console.error("slurm_load_jobs error: Invalid job id specified"); process.exit(1); }\nprocess.stdout.write(fs.readFileSync(at("${name}.txt"), "utf8"));`,
    );
  }
  return {
    bin,
    submitted: () => read("submitted"),
    cancelled: () => read("cancelled").flat(),
    say: (command, text) => writeFileSync(at(`${command}.txt`), text),
    refuse: (from, text) => writeFileSync(at("refusal"), JSON.stringify({ from, text })),
  };
}
