import type { CommandDeclaration, FlagsOf } from "../command.js";
import { json } from "../options/shared.js";

export const diff = {
  name: "diff",
  group: "upkeep",
  description: "what differs between two runs: program, configuration, data, models, counts, cost, estimates",
  arguments: [
    { usage: "<a>", description: "a manifest (runs/<timestamp>.json)" },
    { usage: "<b>", description: "another one" },
  ],
  options: [json],
  examples: `
  $ rate diff runs/20250101_120000.json runs/20250201_120000.json
  $ rate run --from runs/20250101_120000.json     repeats a run and says what differs`,
} satisfies CommandDeclaration;
export type DiffFlags = FlagsOf<typeof diff>;
