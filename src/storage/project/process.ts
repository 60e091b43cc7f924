import { readFileSync } from "node:fs";

/** When this process started, as the system counts it; null where it does not tell. */
export function ownStart(): string | null {
  const started = startOf(process.pid);
  return started === "unknown" ? null : started;
}

/** Whether the process of a number on this machine is the one that started then; where that cannot be told, whether there is one. */
export function isRunning(pid: number, start: string | null): boolean {
  const started = startOf(pid);
  if (started === "unknown") return isAlive(pid);
  return started !== null && started === (start ?? started);
}

/** The start time of a process in clock ticks since boot; null when there is none, "unknown" where the system does not tell. */
function startOf(pid: number): string | null | "unknown" {
  if (process.platform !== "linux") return "unknown";
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    // A zombie has ended; only its parent has not looked.
    return fields[0] === "Z" ? null : fields[19]!;
  } catch (cause) {
    return (cause as NodeJS.ErrnoException).code === "ENOENT" ? null : "unknown";
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (cause) {
    return (cause as NodeJS.ErrnoException).code === "EPERM";
  }
}
