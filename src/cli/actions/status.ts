import { escapeControls } from "../../domain/escape-controls.js";
import {
  type JobStatus,
  projectStatus,
  type RunStatus,
  type Selection,
  type SubmissionStatus,
} from "../../study/cluster/status.js";
import { openCommandContext } from "../command-context.js";
import type { StatusFlags } from "../commands/status.js";
import { passedOver, print, printJson } from "../terminal/print.js";
import { tableText } from "../terminal/terminal-table.js";

/** `rate status [TIMESTAMP]` */
export async function run(flags: StatusFlags, [timestamp]: readonly string[]): Promise<void> {
  const { project, environment } = await openCommandContext(flags.projectDir);
  const selection: Selection = timestamp !== undefined ? { timestamp } : flags.all ? "all" : "current";
  const found = await projectStatus(project, environment, selection, passedOver);
  if (flags.json) return printJson(found);
  const parts = [...found.submissions.map(submissionText), ...found.runs.map(runText)];
  if (found.submissions.length > 0 && !found.slurm)
    parts.push("SLURM is not on this machine: how the jobs stand cannot be asked.");
  print(parts.length === 0 ? "nothing is unfinished, and nothing was submitted" : parts.join("\n\n"));
}

function submissionText({ timestamp, config, jobs }: SubmissionStatus): string {
  const table = tableText(
    ["job", "stage", "state", "time", "nodes", ""],
    jobs.map((job) => [
      job.id,
      job.stage,
      stateText(job),
      job.queue[0]?.elapsed ?? "",
      [...new Set(job.queue.map(({ nodes }) => nodes ?? ""))].filter((name) => name !== "").join(","),
      job.queue.find(({ state }) => state === job.state)?.reason ?? "",
    ]),
  );
  const failures = jobs.flatMap(({ id, stage, failure }) =>
    failure ? [`${stage} (${id}), ${failure.file}: ${failure.line || "is empty"}`] : [],
  );
  return [`Submitted ${timestamp} from ${config}`, ...[table], ...failures]
    .map((text, place) => (place === 1 ? text : escapeControls(text)))
    .join("\n");
}

function stateText({ state, tasks, queue }: JobStatus): string {
  if (tasks === null || queue.length === 0) return state ?? "unknown to SLURM";
  const counts = new Map<string, number>();
  for (const task of queue) counts.set(task.state, (counts.get(task.state) ?? 0) + 1);
  return [...counts].map(([name, count]) => `${count} ${name}`).join(", ");
}

function runText(run: RunStatus): string {
  const shards = run.shards ? `, ${run.shards.finished.length} of ${run.shards.count} shards finished` : "";
  const part = (shard: number | null) => (shard === null ? "" : `shard ${shard}: `);
  return [
    `Run ${run.timestamp}: ${run.command}${run.smoke_test ? " (smoke test)" : ""}, ${run.status}${shards}`,
    ...run.progress.map(
      ({ shard, label, done, total, note }) =>
        `  ${part(shard)}${label} ${done}/${total}${note ? `, ${note}` : ""}`,
    ),
    ...run.workers.map(
      ({ shard, host, pid, job }) =>
        `  ${part(shard)}process ${pid} on ${host}${job === null ? "" : `, job ${job}`}`,
    ),
    ...(run.status === "unfinished" && run.workers.length === 0
      ? ["  no process is at work on it; the same command goes on with it"]
      : []),
    ...run.journals.map(({ file, entries }) => `  ${file}: ${entries} done`),
    ...run.outputs.map((file) => `  ${file}${run.missing.includes(file) ? " (is gone)" : ""}`),
  ]
    .map(escapeControls)
    .join("\n");
}
