import { dirname } from "node:path";
import type { Config } from "../../domain/config/schema.js";
import { inputError } from "../../domain/errors.js";
import { list } from "../../estimation/stage/choices.js";
import { timestampAt } from "../../storage/project/project.js";
import { jobLabel, type Plan, STAGES, type Stage } from "../../study/cluster/plan.js";
import { freeSubmissionTime, previewScripts, submitJobs } from "../../study/cluster/submit.js";
import { openCommandContext } from "../command-context.js";
import type { SubmitFlags } from "../commands/submit.js";
import { readConfig, withoutUndefined } from "../settings.js";
import { print, printJson } from "../terminal/print.js";

/** `rate submit STAGE… --config FILE` */
export async function run(flags: SubmitFlags, named: readonly string[]): Promise<void> {
  const stages = stagesOf(named);
  if (flags.config === undefined) throw inputError("--config FILE is missing: what the jobs are to do");
  const config = await readConfig(flags.config);
  requireBlocks(stages, config, flags.config);
  const commandContext = await openCommandContext(flags.projectDir);
  const { project, environment } = commandContext;
  const shards = flags.shards ?? config.slurm?.shards ?? 1;
  if (flags.shards !== undefined && !stages.includes("score")) {
    throw inputError("--shards goes with the stage score; other stages are done by one process each");
  }
  const plan: Plan = {
    stages,
    program: process.argv[1]!,
    config: flags.config,
    options: [
      ...(flags.projectDir === undefined ? [] : ["--project-dir", flags.projectDir]),
      ...(flags.smokeTest ? ["--smoke-test"] : []),
    ],
    shards,
    timestamp: await freeSubmissionTime(project, (plus) => timestampAt(new Date(Date.now() + 1000 * plus))),
    label: jobLabel(list(config.rewrites?.dataset_name)[0] ?? config.scoring?.dataset_name ?? "data"),
    slurm: config.slurm,
    given: await resourcesOf(flags),
    partition: environment.PARTITION || undefined,
  };
  const work = {
    plan,
    folder: process.cwd(),
    node: dirname(process.execPath),
    after: flags.after ?? [],
  };
  if (flags.dryRun) return print(previewScripts(work).join("\n"));
  noteIgnored(stages, config, flags.config);
  const submission = await submitJobs(work, project, environment);
  if (flags.json) return printJson(submission);
  for (const { id, stage, tasks, after } of submission.jobs) {
    const what = tasks === null ? "" : `, ${tasks} shards`;
    print(`job ${id}: ${stage}${what}${after.length > 0 ? `, when ${after.join(", ")} has succeeded` : ""}`);
  }
  print(
    `Logs: ${submission.jobs.map(({ logs }) => logs.join(", ")).join(", ")}\nSee how it goes: rate status`,
  );
}

function stagesOf(named: readonly string[]): Stage[] {
  const known = STAGES.join(", ");
  if (named.length === 0) throw inputError(`submit: name what is to be done: ${known}`);
  const wrong = named.find((name) => !STAGES.includes(name as Stage));
  if (wrong !== undefined) throw inputError(`submit ${wrong}: expected one or several of ${known}`);
  const stages = named as Stage[];
  if (new Set(stages).size < stages.length)
    throw inputError(`submit ${named.join(" ")}: a stage stands twice`);
  if (stages.includes("run") && stages.length > 1) {
    throw inputError("submit run: does all stages in one job; name it alone, or the stages one by one");
  }
  // Each stage reads what the one before it makes, whatever order they were named in.
  return STAGES.filter((stage) => stages.includes(stage));
}

/** What a job would stop for is better said now. */
function requireBlocks(stages: readonly Stage[], config: Config, file: string): void {
  const needed = {
    "create-dataset": ["rewrites"],
    score: ["scoring"],
    effects: ["effects"],
    run: ["rewrites", "scoring"],
  } as const;
  for (const stage of stages) {
    const missing = needed[stage].find((block) => !config[block]);
    if (missing) throw inputError(`${file}: has no ${missing} block, which ${stage} needs`);
  }
}

/** A file that the configuration names is read even where the chain has just made a newer one. */
function noteIgnored(stages: readonly Stage[], { scoring, effects }: Config, file: string): void {
  const note = (block: string, maker: string) =>
    process.stderr.write(
      `${file}: ${block}.dataset_filename names a file, so what ${maker} makes is not read; leave it out to use the newest\n`,
    );
  if (stages.includes("create-dataset") && stages.includes("score") && scoring?.dataset_filename)
    note("scoring", "create-dataset");
  if (stages.includes("score") && stages.includes("effects") && effects?.dataset_filename)
    note("effects", "score");
}

/** The resources that the call names, checked as those of a configuration. */
async function resourcesOf({ partition, time, memory, cpus, gpus }: SubmitFlags): Promise<Plan["given"]> {
  const given = withoutUndefined({ partition, time, memory, cpus, gpus });
  const { checkConfig } = await import("../../domain/config/parse.js");
  const { slurm } = checkConfig({ slurm: given }, "the call");
  return withoutUndefined(slurm) as Plan["given"];
}
