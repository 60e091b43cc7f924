import { dirname, join } from "node:path";
import { workError } from "../../domain/errors.js";
import { makeFolder } from "../../storage/project/files.js";
import type { Project } from "../../storage/project/project.js";
import {
  type Submission,
  type SubmittedJob,
  saveSubmission,
  submissionTimes,
} from "../../storage/project/submissions.js";
import { type Plan, type PlannedJob, planJobs } from "./plan.js";
import { shellQuote } from "./quote.js";
import { cancelJobs, submitScript } from "./sbatch.js";
import { renderScript } from "./script.js";

export interface SubmitWork {
  readonly plan: Plan;
  /** The folder that the jobs run in. */
  readonly folder: string;
  /** The folder of the Node.js that they use. */
  readonly node: string;
  /** Ids of jobs that must succeed first. */
  readonly after: readonly string[];
}

/** The scripts as they would be submitted, with names in place of ids that are not known yet. */
export function previewScripts({ plan, node, after }: SubmitWork): string[] {
  return planJobs(plan).map((job, place, jobs) =>
    renderScript(job, node, place === 0 ? after : [`<${jobs[place - 1]!.stage}>`]),
  );
}

/**
 * Submits the jobs of a plan, each to run when the one before has succeeded, and keeps their ids in the project. When SLURM refuses one, those
 * already in the queue are taken out again.
 */
export async function submitJobs(
  work: SubmitWork,
  project: Project,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<Submission> {
  const { plan, folder, node } = work;
  const jobs = planJobs(plan);
  // SLURM opens the logs before anything runs, and fails without a word where it cannot.
  const logs = join(folder, dirname(jobs[0]!.log));
  await makeFolder(logs).catch((cause: Error) => {
    throw workError(`${logs}: cannot be made (${cause.message}); the jobs' logs go there`, cause);
  });
  const submitted: SubmittedJob[] = [];
  try {
    for (const job of jobs) {
      const before = submitted.at(-1);
      const after = before ? [before.id] : work.after;
      const id = await submitScript(renderScript(job, node, after), folder, environment, directCommand(plan));
      submitted.push(recordOf(job, id, after));
    }
    const submission = { timestamp: plan.timestamp, config: plan.config, directory: folder, jobs: submitted };
    await saveSubmission(project, submission);
    return submission;
  } catch (cause) {
    await cancelJobs(
      submitted.map(({ id }) => id),
      environment,
    );
    throw cause;
  }
}

function recordOf(job: PlannedJob, id: string, after: readonly string[]): SubmittedJob {
  const { stage, name, tasks, log } = job;
  const part = tasks === null ? "" : "_%a";
  return { id, stage, name, tasks, after, logs: [`${log}${part}_res.txt`, `${log}${part}_err.txt`] };
}

/** What does the same without a cluster. */
function directCommand({ stages, program, config, options }: Plan): string {
  return stages
    .map((stage) => [program, stage, "--config", config, ...options].map(shellQuote).join(" "))
    .join(" && ");
}

/** A timestamp that no earlier submission has, so that no two share their logs. */
export async function freeSubmissionTime(
  project: Project,
  stampAt: (plus: number) => string,
): Promise<string> {
  const taken = new Set(await submissionTimes(project));
  for (let plus = 0; ; plus += 1) {
    const timestamp = stampAt(plus);
    if (!taken.has(timestamp)) return timestamp;
  }
}
