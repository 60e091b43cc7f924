import { spawnSync } from "node:child_process";
import { cpus } from "node:os";
import { join, resolve } from "node:path";

const REPOSITORY = resolve(import.meta.dirname, "..", "..");
const REPEATS = 15;

/** Wall-clock seconds of a whole process. */
function seconds(args: readonly string[]): number {
  const started = performance.now();
  const { status, stderr } = spawnSync(process.execPath, args, { stdio: ["ignore", "ignore", "pipe"] });
  if (status !== 0) throw new Error(`node ${args.join(" ")} failed: ${stderr}`);
  return (performance.now() - started) / 1000;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1]!;
}

/** Medians of processes run in turn, so that a busy moment of the machine falls on all alike. */
function inTurn(processes: Record<string, readonly string[]>): Record<string, number> {
  const times: Record<string, number[]> = {};
  for (let repeat = 0; repeat < REPEATS; repeat += 1) {
    for (const [name, args] of Object.entries(processes))
      times[name] = [...(times[name] ?? []), seconds(args)];
  }
  return Object.fromEntries(Object.entries(times).map(([name, values]) => [name, median(values)]));
}

const milliseconds = (value: number) => `${(1000 * value).toFixed(0)} ms`;

process.stdout.write(
  `${cpus().length} × ${cpus()[0]?.model ?? "unknown processor"}, Node.js ${process.version}\n`,
);
const { empty, help } = inTurn({ empty: ["-e", "0"], help: [join(REPOSITORY, "bin", "rate"), "--help"] });
process.stdout.write(
  `start: rate --help ${milliseconds(help!)}, node -e 0 ${milliseconds(empty!)}: ${(help! / empty!).toFixed(2)} ×, ${milliseconds(help! - empty!)} more (medians of ${REPEATS}, in turn)\n`,
);
