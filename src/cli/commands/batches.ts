import type { CommandDeclaration, FlagsOf } from "../command.js";
import { option } from "../options/option.js";
import { json } from "../options/shared.js";

export const batches = {
  name: "batches",
  group: "upkeep",
  description: "the batches that providers work on for this project: list, resume, cancel",
  arguments: [
    { usage: "[what]", description: "list, resume or cancel (default: list)" },
    { usage: "[id...]", description: "batches to cancel" },
  ],
  options: [
    option("input", "--all", "cancel all that are open"),
    option("input", "--yes", "resume without asking"),
    json,
  ],
  examples: `
  $ rate batches                     every batch of the project, and how it stands
  $ rate batches resume              continue the runs that are not finished
  $ rate batches cancel batch_abc123`,
} satisfies CommandDeclaration;
export type BatchesFlags = FlagsOf<typeof batches>;
