import { spawn } from "node:child_process";
import { inputError } from "../../domain/errors.js";
import { escapeControls } from "../../domain/escape-controls.js";
import { cancelBatch, type KnownBatch, listBatches } from "../../rewriting/stage/batches.js";
import type { Project } from "../../storage/project/project.js";
import { type RunRecord, unfinishedRuns } from "../../storage/project/runs.js";
import { isOwnCall } from "../../storage/project/signature.js";
import { openCommandContext } from "../command-context.js";
import type { BatchesFlags } from "../commands/batches.js";
import type { Environment } from "../environment.js";
import { isConfirmed } from "../spending.js";
import { passedOver, print, printJson } from "../terminal/print.js";
import { tableText } from "../terminal/terminal-table.js";

/** `rate batches [list | resume | cancel [ID…]]` */
export async function run(flags: BatchesFlags, [verb = "list", ...ids]: readonly string[]): Promise<void> {
  const { project, environment } = await openCommandContext(flags.projectDir);
  if (verb === "resume") return resume(project, environment, flags.yes ?? false);
  const known = await listBatches(project, environment, flags.trust ?? false);
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
    await cancelBatch(project, batch, environment, flags.trust ?? false);
    print(`${batch.batch}: is being cancelled; what it has answered is kept`);
  }
}

/** Continues the runs that this user has begun; a record that came with somebody else's folder is shown, and not obeyed. */
async function resume(project: Project, environment: Environment, yes: boolean): Promise<void> {
  const runs = await unfinishedRuns(project, passedOver);
  if (runs.length === 0) return print("no run is unfinished");
  const own: RunRecord[] = [];
  for (const record of runs) {
    const { arguments: call, timestamp, command } = record;
    if (call.length === 0)
      print(
        `${timestamp}: ${escapeControls(command)} was called by a program through the library; run that program again`,
      );
    else if (await isOwnCall(record, environment)) own.push(record);
    else {
      process.exitCode = 1;
      print(
        `${timestamp}: not resumed, since nothing shows that the command is yours: ${commandText(record)}; read it, and give it yourself`,
      );
    }
  }
  for (const record of own) process.stderr.write(`${record.timestamp}: ${commandText(record)}\n`);
  if (own.length === 0 || !(await isConfirmed(yes, "Resume?"))) return;
  for (const { arguments: call, directory } of own) process.exitCode ||= await again(call, directory);
}

function commandText({ arguments: call, directory }: RunRecord): string {
  return escapeControls(`(cd ${shellWord(directory)} && rate ${call.map(shellWord).join(" ")})`);
}

function shellWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

/** Runs a command of this program, and passes on the wish to stop. */
function again(call: readonly string[], directory: string): Promise<number> {
  const child = spawn(process.execPath, [process.argv[1]!, ...call], { stdio: "inherit", cwd: directory });
  const pass = (signal: NodeJS.Signals) => void child.kill(signal);
  const ignored = () => undefined;
  process.on("SIGTERM", pass);
  // Ctrl-C reaches the whole group of the terminal.
  process.on("SIGINT", process.stdin.isTTY ? ignored : pass);
  return new Promise((resolve) => {
    child.on("error", ({ message }) => {
      process.stderr.write(
        `rate: ${escapeControls(`${directory}: the command cannot be started (${message})`)}\n`,
      );
      resolve(1);
    });
    child.on("close", (code) => resolve(code ?? 1));
  });
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
