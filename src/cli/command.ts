import type { Declared, FlagsIn } from "./options/option.js";
import type { GLOBAL_OPTIONS } from "./options/shared.js";

/** The headings under which the help lists commands. */
export const COMMAND_GROUPS = {
  start: "Start:",
  data: "Data:",
  scores: "Scores:",
  answers: "Answers:",
  cluster: "Cluster:",
  upkeep: "Upkeep:",
} as const;

/**
 * A command as `rate --help` shows it. What it does is in the file of the same name in `actions/`, which is loaded when the
 * command is called; it exports `run(flags, positional)`.
 */
export interface CommandDeclaration {
  readonly name: string;
  readonly group: keyof typeof COMMAND_GROUPS;
  readonly description: string;
  /** Positional arguments, as commander spells them: `<file>`, `[dir]`, `[file...]`. */
  readonly arguments?: readonly { readonly usage: string; readonly description: string }[];
  readonly options: readonly Declared[];
  readonly examples: string;
}

/** The flags with which a command's action is called. */
export type FlagsOf<Command extends CommandDeclaration> = FlagsIn<
  Command["options"][number] | (typeof GLOBAL_OPTIONS)[number]
>;
