import { directive, shellQuote } from "./quote.js";

/** What a job asks of the cluster. */
export interface Resources {
  readonly partition?: string | undefined;
  /** As SLURM takes it: minutes, `HH:MM:SS`, `D-HH:MM:SS`. */
  readonly time?: string | undefined;
  /** For example `16G`. */
  readonly memory?: string | undefined;
  readonly cpus?: number | undefined;
  /** A number, or a type and a number: `a100:2`. */
  readonly gpus?: string | undefined;
  readonly constraint?: string | undefined;
  readonly account?: string | undefined;
  readonly qos?: string | undefined;
  /** More options of sbatch, each as one word: `--mail-type=END`. */
  readonly extra?: readonly string[] | undefined;
  /** Shell lines that come first, for example `module load nodejs/20`. */
  readonly setup?: string | undefined;
  /** Whether the job goes back into the queue when it is preempted, runs out of time or is killed. */
  readonly requeue: boolean;
  /** Seconds before the end of its time in which the job comes to rest. */
  readonly graceSeconds: number;
}

/** A job before it is submitted. */
export interface Job {
  readonly name: string;
  /** The command as a person would type it; `SHARD` stands for this task's shard. */
  readonly command: readonly string[];
  /** Tasks of an array; null for a job by itself. */
  readonly tasks: number | null;
  /** Where its output goes, relative to the folder it runs in; the text before `_res.txt` and `_err.txt`. */
  readonly log: string;
  readonly resources: Resources;
}

/** In a command: replaced by the shard of the array's task, such as `3/16`. */
export const SHARD = "{shard}";

/** How often a job goes back into the queue by itself: for want of time, and when its program was killed (by the memory limit, for one). */
const MOST_CONTINUED = 50;
const MOST_KILLED = 3;

/**
 * The job script. `node` is the folder of the Node.js that the job uses; `after` are the ids of the jobs that must have succeeded before.
 *
 * A signal before the end of the time (or of a preemption that announces itself) lets the program come to rest and puts the job back into the
 * queue; it goes on from its journal. Other signals reach the program by themselves, since SLURM sends them to all processes.
 */
export function renderScript(job: Job, node: string, after: readonly string[]): string {
  const { resources, tasks } = job;
  const part = tasks === null ? "" : "_%a";
  const options: [string, string | number | undefined][] = [
    ["job-name", job.name],
    ["partition", resources.partition],
    ["nodes", 1],
    ["ntasks", 1],
    ["cpus-per-task", resources.cpus],
    ["mem", resources.memory],
    ["time", resources.time],
    ["gres", resources.gpus === undefined ? undefined : `gpu:${resources.gpus}`],
    ["constraint", resources.constraint],
    ["account", resources.account],
    ["qos", resources.qos],
    ["array", tasks === null ? undefined : `1-${tasks}`],
    ["dependency", after.length > 0 ? `afterok:${after.join(":")}` : undefined],
    ["kill-on-invalid-dep", after.length > 0 ? "yes" : undefined],
    ["output", `${job.log}${part}_res.txt`],
    ["error", `${job.log}${part}_err.txt`],
    ["open-mode", "append"],
    ["signal", resources.requeue ? `B:USR1@${resources.graceSeconds}` : undefined],
  ];
  return [
    "#!/bin/bash",
    ...options
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => `#SBATCH --${name}=${directive(String(value), name)}`),
    `#SBATCH --${resources.requeue ? "requeue" : "no-requeue"}`,
    ...(resources.extra ?? []).map((option) => `#SBATCH ${directive(option, "slurm.extra")}`),
    "",
    `export PATH=${shellQuote(node)}:"$PATH"`,
    ...(resources.setup ? [resources.setup.trimEnd()] : []),
    ...(resources.requeue ? supervised(commandLine(job), tasks) : [`exec ${commandLine(job)}`]),
    "",
  ].join("\n");
}

/** The command as it stands in the script. */
function commandLine({ command, tasks }: Job): string {
  return command
    .map((word) => (word === SHARD ? `"$SLURM_ARRAY_TASK_ID/${tasks}"` : shellQuote(word)))
    .join(" ");
}

/** An array's last task has the number of the whole array: the job's number alone would put all tasks back. */
function supervised(command: string, tasks: number | null): string[] {
  return [
    "",
    `trap 'signalled=1; out_of_time=1; kill -TERM "$program"' USR1`,
    "trap 'signalled=1' TERM",
    `${command} &`,
    "program=$!",
    "# A signal ends the wait, not the program.",
    'while signalled=; wait "$program"; code=$?; [ -n "$signalled" ]; do :; done',
    `restarts=\${SLURM_RESTART_COUNT:-0}`,
    `if { [ "$code" -ne 0 ] && [ -n "$out_of_time" ] && [ "$restarts" -lt ${MOST_CONTINUED} ]; } ||`,
    `  { [ "$code" -eq 137 ] && [ "$restarts" -lt ${MOST_KILLED} ]; }; then`,
    '  echo "back into the queue: the job goes on where it was" >&2',
    `  scontrol requeue ${tasks === null ? '"$SLURM_JOB_ID"' : '"$SLURM_ARRAY_JOB_ID"_"$SLURM_ARRAY_TASK_ID"'}`,
    "fi",
    'exit "$code"',
  ];
}
