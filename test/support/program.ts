import { spawn } from "node:child_process";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { REPOSITORY } from "./folders.js";

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `bin/rate`; killed (with SIGKILL where nothing else is said) after `killAfter` milliseconds, or when `killWhen` resolves, where given. */
export function rate(
  args: readonly string[],
  {
    cwd = REPOSITORY,
    killAfter,
    killSignal = "SIGKILL",
    killWhen,
    started,
    uid,
    env = {},
  }: {
    cwd?: string;
    killAfter?: number;
    /** What it is killed with. */
    killSignal?: NodeJS.Signals;
    killWhen?: Promise<unknown>;
    started?: (pid: number) => void;
    /** Another user and group to run as; only root may. */
    uid?: number;
    env?: Record<string, string>;
  } = {},
): Promise<Finished> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(REPOSITORY, "bin", "rate"), ...args], {
      cwd,
      env: { PATH: process.env.PATH ?? "", HOME: tmpdir(), ...env },
      stdio: ["ignore", "pipe", "pipe"],
      ...(uid !== undefined && { uid, gid: uid }),
    });
    let stdout = "";
    let stderr = "";
    child.stdout.on("data", (piece) => {
      stdout += piece;
    });
    child.stderr.on("data", (piece) => {
      stderr += piece;
    });
    if (killAfter !== undefined) setTimeout(() => child.kill(killSignal), killAfter);
    started?.(child.pid!);
    void killWhen?.then(() => child.kill(killSignal));
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, stdout, stderr }));
  });
}
