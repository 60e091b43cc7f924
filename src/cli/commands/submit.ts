import type { CommandDeclaration, FlagsOf } from "../command.js";
import { option } from "../options/option.js";
import { wholeNumber } from "../options/parse.js";
import { json } from "../options/shared.js";

export const submit = {
  name: "submit",
  group: "cluster",
  description: "stages of a configuration as SLURM jobs, each to begin when the one before has succeeded",
  arguments: [
    { usage: "[stage...]", description: "create-dataset, score, effects (one or several), or run" },
  ],
  options: [
    option("input", "--config <file>", "configuration file; its slurm block says what jobs ask for"),
    option("input", "--smoke-test", "a quick try"),
    option("job", "--shards <count>", "score in this many parts at once, then join them", {
      parse: wholeNumber,
    }),
    option("job", "--partition <name>", "partition (default: slurm.partition, else PARTITION in .env)"),
    option("job", "--time <time>", "time limit: minutes, HH:MM:SS or D-HH:MM:SS"),
    option("job", "--memory <size>", "memory, for example 16G"),
    option("job", "--cpus <count>", "CPU cores", { parse: wholeNumber }),
    option("job", "--gpus <gpus>", "GPUs: a number, or a type and a number: a100:2"),
    option("job", "--after <id...>", "jobs that must succeed first"),
    option("output", "--dry-run", "print the job scripts and submit nothing"),
    json,
  ],
  examples: `
  $ rate submit run --config config.yaml
  $ rate submit score --config config.yaml --shards 16 --gpus 1 --time 4:00:00
  $ rate submit create-dataset score effects --config config.yaml --shards 4
  $ rate submit score --config config.yaml --shards 16 --dry-run
In the configuration, with what some stages need besides:
  slurm:
    partition: general
    time: "4:00:00"
    memory: 8G
    score: { partition: gpu, gpus: 1, memory: 32G, constraint: a100 }
A job that is preempted or runs out of time goes back into the queue and continues where it stopped. More in docs/cluster.md.`,
} satisfies CommandDeclaration;
export type SubmitFlags = FlagsOf<typeof submit>;
