import type { CommandDeclaration, FlagsOf } from "../command.js";
import { option } from "../options/option.js";
import { json } from "../options/shared.js";

export const doctor = {
  name: "doctor",
  group: "upkeep",
  description: "what is set up and what is missing: keys, endpoints, models, disk, SLURM",
  options: [option("input", "--config <file>", "look at what this configuration needs"), json],
  examples: `
  $ rate doctor
  $ rate doctor --config config.yaml     before a long run
Keys are looked at and never shown; nothing is asked that costs money. Exit code: 0 all in order, 1 something is missing.`,
} satisfies CommandDeclaration;
export type DoctorFlags = FlagsOf<typeof doctor>;
