import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";

export const REPOSITORY = resolve(import.meta.dirname, "..", "..");
export const RATE = resolve(REPOSITORY, "bin", "rate");

export interface Measured {
  readonly seconds: number;
  /** Peak memory, where the system tells (Linux). */
  readonly megabytes: number | null;
}

/** A whole process's wall-clock time and peak memory. */
export function measure(command: string, args: readonly string[]): Promise<Measured> {
  return new Promise((done, reject) => {
    const started = performance.now();
    const child = spawn(command, args, { stdio: ["ignore", "ignore", "inherit"] });
    let kilobytes: number | null = null;
    const poll = setInterval(() => {
      kilobytes = peakOf(child.pid) ?? kilobytes;
    }, 10);
    child.on("error", reject);
    child.on("close", (code) => {
      clearInterval(poll);
      if (code !== 0) return reject(new Error(`${command} ${args.join(" ")}: exit code ${code}`));
      done({
        seconds: (performance.now() - started) / 1000,
        megabytes: kilobytes === null ? null : kilobytes / 1000,
      });
    });
  });
}

/** The peak memory of a process so far, in kilobytes; null where the system does not tell. */
export function peakOf(pid: number | undefined): number | null {
  try {
    return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) || null;
  } catch {
    return null;
  }
}

/** Medians of processes run in turn, so that a busy moment of the machine falls on all alike. */
export async function inTurn(
  processes: Readonly<Record<string, readonly [command: string, args: readonly string[]]>>,
  repeats: number,
): Promise<Record<string, Measured>> {
  const results: Record<string, Measured[]> = {};
  for (let repeat = 0; repeat < repeats; repeat += 1) {
    for (const [name, [command, args]] of Object.entries(processes)) {
      results[name] = [...(results[name] ?? []), await measure(command, args)];
    }
  }
  return Object.fromEntries(
    Object.entries(results).map(([name, all]) => [
      name,
      {
        seconds: median(all.map(({ seconds }) => seconds)),
        megabytes: Math.max(...all.map(({ megabytes }) => megabytes ?? 0)) || null,
      },
    ]),
  );
}

export function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1]!;
}

/** What was to be reached, and whether it was; null where it could not be measured. */
export type Goals = Readonly<Record<string, boolean | null>>;

/** A line of the table. */
export function line(name: string, measured: string, goals: Goals): string {
  const verdicts = Object.entries(goals).map(
    ([goal, isMet]) => `${goal}: ${isMet === null ? "not measured" : isMet ? "met" : "**missed**"}`,
  );
  return `| ${name} | ${measured} | ${verdicts.join("; ")} |\n`;
}
