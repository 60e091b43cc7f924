import { spawnSync } from "node:child_process";
import { inputError } from "../../domain/errors.js";
import { cancelBatch, type KnownBatch, listBatches } from "../../rewriting/stage/batches.js";
import { unfinishedRuns } from "../../storage/project/runs.js";
import { openCommandContext } from "../command-context.js";
import type { BatchesFlags } from "../commands/batches.js";
import { passedOver, print, printJson } from "../terminal/print.js";
import { tableText } from "../terminal/terminal-table.js";

/** `rate batches [list | resume | cancel [ID…]]` */
export async function run(flags: BatchesFlags, [verb = "list", ...ids]: readonly string[]): Promise<void> {
  const { project, environment } = await openCommandContext(flags.projectDir);
  if (verb === "resume") {
    const runs = await unfinishedRuns(project, passedOver);
    if (runs.length === 0) return print("no run is unfinished");
    for (const { arguments: call, directory, timestamp, command } of runs) {
      if (call.length === 0) {
        print(`${timestamp}: ${command} was called by a program through the library; run that program again`);
        continue;
      }
      const { status } = spawnSync(process.execPath, [process.argv[1]!, ...call], {
        stdio: "inherit",
        cwd: directory,
      });
      process.exitCode ||= status ?? 1;
    }
    return;
  }
  const known = await listBatches(project, environment);
  if (verb === "list") {
    if (flags.json) return printJson(known);
    return print(known.length === 0 ? "no batches" : tableOf(known));
  }
  if (verb !== "cancel") throw inputError(`batches ${verb}: expected list, resume or cancel`);
  const open = known.filter((batch) => batch.open);
  if (ids.length === 0 && !flags.all)
    throw inputError(
      `batches cancel: name the batches (open: ${open.map(({ batch }) => batch).join(", ") || "none"}), or --all`,
    );
  const wrong = ids.find((id) => !open.some(({ batch }) => batch === id));
  if (wrong !== undefined) throw inputError(`batches cancel: ${wrong} is not an open batch of this project`);
  for (const batch of open.filter((entry) => flags.all || ids.includes(entry.batch))) {
    await cancelBatch(project, batch, environment);
    print(`${batch.batch}: is being cancelled; what it has answered is kept`);
  }
}

function tableOf(known: readonly KnownBatch[]): string {
  return tableText(
    ["batch", "provider", "created", "requests", "done", "state"],
    known.map(({ batch, provider, created, requests, done, state }) => [
      batch,
      provider,
      created.slice(0, 16).replace("T", " "),
      String(requests),
      done === null ? "" : String(done),
      state,
    ]),
  );
}
