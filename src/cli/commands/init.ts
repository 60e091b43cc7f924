import type { CommandDeclaration } from "../command.js";

export const init = {
  name: "init",
  group: "start",
  description: "a commented config.yaml, .env.example and a dataset template to edit",
  arguments: [{ usage: "[dir]", description: "where to put them (default: the current folder)" }],
  options: [],
  examples: `
  $ rate init                 in the current folder
  $ rate init my-study`,
} satisfies CommandDeclaration;
