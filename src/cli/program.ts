import { Command, Help, type Option } from "commander";
import { VERSION } from "../domain/version.js";
import { COMMAND_GROUPS, type CommandDeclaration } from "./command.js";
import { COMMANDS } from "./commands/index.js";
import { OPTION_GROUPS } from "./options/option.js";
import { GLOBAL_OPTIONS } from "./options/shared.js";

/** What a command does. */
export type Action = (flags: object, positional: readonly string[]) => Promise<void>;

/** Loads a command's action when the command is called, so that help answers at once. */
export async function loadAction(name: string): Promise<Action> {
  // As a variable, which the bundler leaves alone: each action is a bundle of its own.
  const file = `./actions/${name}.js`;
  const { run }: { run: Action } = await import(file);
  return run;
}

/** The command line: the commands with their options and examples, each tied to its action. */
export function createProgram(load: (name: string) => Promise<Action> = loadAction): Command {
  const program = new Command("rate")
    .description(
      "What does a reward model really reward? RATE rewrites each response to flip one attribute, rewrites the rewrite back, " +
        "scores both, and so measures the causal effect of the attribute on the reward.",
    )
    .optionsGroup(OPTION_GROUPS.everywhere)
    .version(VERSION)
    .exitOverride()
    .showHelpAfterError("(see --help)")
    .configureHelp({ helpWidth: 100, visibleOptions })
    .helpOption("-h, --help", "show this help")
    .commandsGroup(COMMAND_GROUPS.upkeep)
    .helpCommand("help [command]", "the help of a command")
    .addHelpText("after", `\nExamples:${EXAMPLES}`);
  for (const { option } of GLOBAL_OPTIONS) program.addOption(option);
  for (const declaration of COMMANDS) addCommand(program, declaration, load);
  return program;
}

/** A command's own options, then those of the whole program. */
function visibleOptions(this: Help, command: Command): Option[] {
  return [...Help.prototype.visibleOptions.call(this, command), ...(command.parent?.options ?? [])];
}

function addCommand(
  program: Command,
  { name, group, description, arguments: positional = [], options, examples }: CommandDeclaration,
  load: (name: string) => Promise<Action>,
): void {
  const command = program
    .command(name)
    .helpGroup(COMMAND_GROUPS[group])
    .description(description)
    .addHelpText("after", `\nExamples:${examples}`)
    .action(async () => (await load(name))(command.optsWithGlobals(), command.args));
  for (const { usage, description } of positional) command.argument(usage, description);
  for (const { option } of options) command.addOption(option);
}

const EXAMPLES = `
  $ rate demo                                        see what RATE tells you, in a minute
  $ rate run --data reviews.jsonl --response text --prompt "Write a review: " \\
      --attribute length formality --model embedded
  $ rate effects --dataset scored.jsonl --reward-key my-org/my-reward-model`;
