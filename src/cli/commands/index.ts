import type { CommandDeclaration } from "../command.js";
import { batches } from "./batches.js";
import { check } from "./check.js";
import { combine } from "./combine.js";
import { createDataset } from "./create-dataset.js";
import { demo } from "./demo.js";
import { diff } from "./diff.js";
import { discover } from "./discover.js";
import { doctor } from "./doctor.js";
import { effects } from "./effects.js";
import { exportFiles } from "./export.js";
import { init } from "./init.js";
import { models } from "./models.js";
import { plot } from "./plot.js";
import { power } from "./power.js";
import { report } from "./report.js";
import { run } from "./run.js";
import { score } from "./score.js";
import { status } from "./status.js";
import { submit } from "./submit.js";
import { synthetic } from "./synthetic.js";
import { table } from "./table.js";
import { view } from "./view.js";

/** All commands, in the order of the help. */
export const COMMANDS: readonly CommandDeclaration[] = [
  ...[demo, init, run],
  ...[createDataset, power],
  ...[score, combine, models],
  ...[effects, check, discover, synthetic, report, view, plot, table, exportFiles],
  ...[submit, status],
  ...[doctor, batches, diff],
];
