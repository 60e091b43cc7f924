import { resolve } from "node:path";
import { escapeControls } from "../../domain/escape-controls.js";
import { HOME } from "../../storage/package/folders.js";
import { examine } from "../../study/doctor/doctor.js";
import type { Finding } from "../../study/doctor/finding.js";
import type { DoctorFlags } from "../commands/doctor.js";
import { readEnvironment } from "../environment.js";
import { readConfig } from "../settings.js";
import { print, printJson } from "../terminal/print.js";

/** `rate doctor` */
export async function run(flags: DoctorFlags): Promise<void> {
  const folder = process.cwd();
  const environment = await readEnvironment(folder, process.env);
  const project = resolve(flags.projectDir ?? (environment.PROJECT_DIR || folder));
  const config = flags.config === undefined ? null : await readConfig(flags.config);
  const world = { environment, folder, project, fetch, now: () => new Date(), home: HOME };
  const findings = await examine(world, config);
  const missing = findings.filter(({ status }) => status === "missing").length;
  if (missing > 0) process.exitCode = 1;
  if (flags.json) return printJson({ ready: missing === 0, findings });
  print([...findings.map(lineOf), "", summary(missing, flags.config)].join("\n"));
}

const MARKS = { ok: "ok", warning: "warning", missing: "MISSING", absent: "–" } as const;

function lineOf({ name, status, found, next }: Finding): string {
  const first = `${MARKS[status].padEnd(8)} ${escapeControls(name)}: ${escapeControls(found)}`;
  return next === null ? first : `${first}\n${" ".repeat(9)}→ ${escapeControls(next)}`;
}

function summary(missing: number, config: string | undefined): string {
  const scope = config === undefined ? "" : ` for ${config}`;
  if (missing === 0) return `Nothing is missing${scope}.`;
  return `${missing} ${missing === 1 ? "thing is" : "things are"} missing${scope}.`;
}
