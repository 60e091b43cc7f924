import type { SlurmConfig } from "../../domain/config/schema.js";
import { directive } from "./quote.js";
import { type Job, type Resources, SHARD } from "./script.js";

/** What can be submitted, by the names of the commands. */
export const STAGES = ["create-dataset", "score", "effects", "run"] as const;
export type Stage = (typeof STAGES)[number];

/** Jobs that are to run one after the other. */
export interface PlannedJob extends Job {
  readonly stage: Stage | "combine";
}

export interface Plan {
  readonly stages: readonly Stage[];
  /** The program, as it is called. */
  readonly program: string;
  /** The configuration file, as it was named. */
  readonly config: string;
  /** Options that all commands get. */
  readonly options: readonly string[];
  readonly shards: number;
  /** The submission's timestamp. */
  readonly timestamp: string;
  /** What jobs are called after. */
  readonly label: string;
  readonly slurm: SlurmConfig | undefined;
  /** Options of the call, put over the configuration. */
  readonly given: Partial<Resources>;
  /** Where the configuration names none. */
  readonly partition: string | undefined;
}

/** The jobs of a call, in the order in which each waits for the one before. Scores in shards are joined by a job of their own. */
export function planJobs(plan: Plan): PlannedJob[] {
  const steps = plan.stages.flatMap((stage) => stepsOf(stage, plan.shards));
  return steps.map(({ stage, tasks, options }) => ({
    stage,
    tasks,
    name: `rate-${stage}-${plan.label}`,
    command: [plan.program, stage, "--config", plan.config, ...options, ...plan.options],
    log: `logs/${plan.timestamp}${steps.length === 1 ? "" : `_${stage}`}`,
    resources: resourcesOf(stage, plan),
  }));
}

interface Step extends Pick<PlannedJob, "stage" | "tasks"> {
  readonly options: readonly string[];
}

function stepsOf(stage: Stage, shards: number): Step[] {
  if (stage !== "score" || shards === 1) return [{ stage, tasks: null, options: [] }];
  return [
    { stage, tasks: shards, options: ["--shard", SHARD] },
    { stage: "combine", tasks: null, options: ["--shards", String(shards)] },
  ];
}

const GRACE_SECONDS = 120;

function resourcesOf(stage: PlannedJob["stage"], { slurm, given, partition }: Plan): Resources {
  const { shards: _, create_dataset, score, combine, effects, run, ...common } = slurm ?? {};
  const own = { "create-dataset": create_dataset, score, combine, effects, run }[stage];
  const { grace_seconds: graceSeconds = GRACE_SECONDS, requeue = true, ...asked } = { ...common, ...own };
  const named = asked.partition ?? (partition && directive(partition, "PARTITION in .env"));
  return { ...asked, partition: named, requeue, graceSeconds, ...given };
}

/** A text as part of a job's name. */
export function jobLabel(text: string): string {
  return (
    text
      .replace(/[^\w.+-]+/g, "-")
      .replace(/^-+/, "")
      .slice(0, 60) || "data"
  );
}
