import { spawnSync } from "node:child_process";
import { statSync } from "node:fs";
import { join } from "node:path";
import { type Goals, inTurn, line, type Measured, RATE, REPOSITORY } from "./measure.js";
import { writeScoredFile } from "./scored-file.js";

const KEY = "org/reward-model";
const FOLDER = join(REPOSITORY, "build", "bench");
const SCRIPT = join(REPOSITORY, "bench", "plain_effects.py");

/** `rate effects` on large files beside counting their lines and beside plain Python with numpy, on the same file and in one run. */
export async function benchEffects(): Promise<string> {
  const python = pythonWithNumpy();
  let table = "";
  for (const rows of [25_000, 250_000]) {
    const path = join(FOLDER, `scored-${rows}.jsonl`);
    await writeScoredFile(path, rows);
    const measured = await inTurn(
      {
        lines: ["wc", ["-l", path]],
        rate: [process.execPath, [RATE, "effects", "--dataset", path, "--reward-key", KEY]],
        ...(python && { python: [python, [SCRIPT, path, KEY]] as const }),
        empty: [process.execPath, ["-e", "0"]],
      },
      7,
    );
    table += describe(rows, statSync(path).size, measured);
  }
  return table;
}

function describe(
  rows: number,
  bytes: number,
  { lines, rate, python, empty }: Record<string, Measured>,
): string {
  const beyond = rate!.seconds - empty!.seconds;
  const parts = [
    `${rate!.seconds.toFixed(2)} s`,
    `${(rate!.seconds / lines!.seconds).toFixed(1)} × wc -l`,
    python
      ? `${(python.seconds / rate!.seconds).toFixed(2)} × as fast as Python`
      : "no Python with numpy here",
    `${beyond.toFixed(2)} s above node -e 0`,
    rate!.megabytes === null ? "" : `peak ${rate!.megabytes.toFixed(0)} MB`,
  ];
  const goals: Goals =
    rows === 250_000
      ? {
          "4 × wc -l": rate!.seconds <= 4 * lines!.seconds,
          "2.5 × as fast as Python": python ? python.seconds >= 2.5 * rate!.seconds : null,
          "200 MB": rate!.megabytes === null ? null : rate!.megabytes <= 200,
        }
      : { "0.2 s above node -e 0": beyond <= 0.2 };
  return line(
    `rate effects, ${rows.toLocaleString("en")} examples (${(bytes / 1e6).toFixed(0)} MB)`,
    parts.filter(Boolean).join(", "),
    goals,
  );
}

function pythonWithNumpy(): string | null {
  const candidates = [process.env.BENCH_PYTHON, "python3"].filter((name) => name !== undefined);
  return candidates.find((name) => spawnSync(name, ["-c", "import numpy"]).status === 0) ?? null;
}
