import { execFile } from "node:child_process";
import { withoutKeys } from "../../domain/child-environment.js";
import { workError } from "../../domain/errors.js";

type Environment = Readonly<Record<string, string | undefined>>;

export interface Answer {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** How long SLURM may take to answer. */
const PATIENCE_MS = 120_000;

/** Calls one of SLURM's commands; null when it is not on this machine. The arguments go to no shell. */
export function callSlurm(
  command: string,
  args: readonly string[],
  environment: Environment,
  input = "",
): Promise<Answer | null> {
  return new Promise((resolve, reject) => {
    const child = execFile(
      command,
      args,
      { env: forSlurm(environment), timeout: PATIENCE_MS, maxBuffer: 1 << 26 },
      (error, stdout, stderr) => {
        const failure = error as (Error & { code?: number | string; killed?: boolean }) | null;
        if (failure?.code === "ENOENT") return resolve(null);
        if (failure?.killed)
          return reject(
            workError(
              `${command}: has not answered within ${PATIENCE_MS / 1000} s; is SLURM's controller up?`,
            ),
          );
        resolve({ code: failure ? Number(failure.code) || 1 : 0, stdout, stderr });
      },
    );
    // A command that ends without reading its input has said why.
    child.stdin?.on("error", () => undefined);
    child.stdin?.end(input);
  });
}

/** A job reads the keys of `.env` itself; those that stand in the user's own environment go with it as SLURM does that. */
function forSlurm(environment: Environment): NodeJS.ProcessEnv {
  return withoutKeys(environment, Object.keys(process.env)) as NodeJS.ProcessEnv;
}
