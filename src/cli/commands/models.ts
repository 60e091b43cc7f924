import type { CommandDeclaration, FlagsOf } from "../command.js";
import { option } from "../options/option.js";
import { json } from "../options/shared.js";

export const models = {
  name: "models",
  group: "scores",
  description: "the reward models that work by name, how each is called, and what has been checked",
  arguments: [
    {
      usage: "[action]",
      description: "show NAME: one recipe; try ORG/NAME or FOLDER: propose a recipe from a model's files",
    },
    { usage: "[name]", description: "a recipe's name, the path of one, a model on the Hub, or a folder" },
  ],
  options: [
    option("input", "--search <words>", "only those whose name, model, family or notes have these words"),
    json,
  ],
  examples: `
  $ rate models                                        all of them, by family
  $ rate models --search qwen
  $ rate models show armorm                            how it is called, its runtimes, what has been checked
  $ rate models show ./mine.yaml --json
  $ rate models try Skywork/Skywork-Reward-V2-Qwen3-0.6B     config, tokenizer and names of its weights: no weights are fetched
  $ rate models try ./my-model > mine.yaml`,
} satisfies CommandDeclaration;
export type ModelsFlags = FlagsOf<typeof models>;
