import type { CommandDeclaration, FlagsOf } from "../command.js";
import { option } from "../options/option.js";
import { json } from "../options/shared.js";

export const status = {
  name: "status",
  group: "cluster",
  description: "how submitted jobs and unfinished runs stand: SLURM's queue, progress, files made",
  arguments: [
    {
      usage: "[timestamp]",
      description: "one submission or run (default: what is not finished, and the newest submission)",
    },
  ],
  options: [option("input", "--all", "everything that this project has seen"), json],
  examples: `
  $ rate status
  $ rate status 20250101_120000 --json`,
} satisfies CommandDeclaration;
export type StatusFlags = FlagsOf<typeof status>;
