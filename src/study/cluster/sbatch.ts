import { inputError, workError } from "../../domain/errors.js";
import { callSlurm } from "./commands.js";

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Hands a job script to sbatch, to run in `folder`; returns the job's id. Throws an error that tells what SLURM said, and `instead`, a command
 * that does without SLURM, when there is none here.
 */
export async function submitScript(
  script: string,
  folder: string,
  environment: Environment,
  instead: string,
): Promise<string> {
  const answer = await callSlurm("sbatch", ["--parsable", `--chdir=${folder}`], environment, script);
  if (!answer) {
    throw workError(
      `sbatch is not on this machine: log in to a node of a SLURM cluster, or run it here:\n${instead}`,
    );
  }
  // The cluster's name may follow the id.
  const id = /^(\d+)(;|$)/.exec(answer.stdout.trim())?.[1];
  if (answer.code === 0 && id) return id;
  const said = answer.stderr.replaceAll(/^sbatch: (error: )?/gm, "").trim() || "nothing";
  if (/partition/i.test(said)) {
    const partitions = await partitionsOf(environment);
    const known = partitions.length > 0 ? `; partitions here: ${partitions.join(", ")}` : "";
    throw inputError(
      `sbatch refused the job: ${said}\nset slurm.partition in the config, or PARTITION in .env${known}`,
    );
  }
  throw workError(`sbatch refused the job: ${said}\nrate submit … --dry-run shows the script that was sent`);
}

async function partitionsOf(environment: Environment): Promise<string[]> {
  const answer = await callSlurm("sinfo", ["--noheader", "--format=%R"], environment);
  return answer?.code === 0 ? [...new Set(answer.stdout.split("\n").filter((name) => name !== ""))] : [];
}

/** Takes jobs out of the queue again. */
export async function cancelJobs(ids: readonly string[], environment: Environment): Promise<void> {
  if (ids.length > 0) await callSlurm("scancel", ids, environment);
}
