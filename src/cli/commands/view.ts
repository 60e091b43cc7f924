import type { CommandDeclaration, FlagsOf } from "../command.js";
import { option } from "../options/option.js";
import { portNumber } from "../options/parse.js";
import { columns } from "../options/shared.js";

export const view = {
  name: "view",
  group: "answers",
  description: "look at runs, results and all examples in the browser, while a run goes on too",
  arguments: [
    {
      usage: "[path...]",
      description:
        "a project directory, or rewrites, scored and effects files (default: the project directory)",
    },
  ],
  options: [
    columns,
    option("output", "--port <number>", "listen on this port of 127.0.0.1 (default: a free one)", {
      parse: portNumber,
    }),
    option("output", "--open", "open the page in the browser (default: at a desktop's terminal)"),
    option("output", "--no-open", "only print the address"),
  ],
  examples: `
  $ rate view                        the project of the current folder
  $ rate view demo-output
  $ rate view scored.jsonl.gz effects.json
  $ rate view --port 8123 --no-open  on another machine; then, here: ssh -L 8123:127.0.0.1:8123 that-machine
The page answers on this machine alone, and nothing is written or sent anywhere. Its address holds what is looked at: filters,
order and example can be linked to. Ctrl-C ends it.`,
} satisfies CommandDeclaration;
export type ViewFlags = FlagsOf<typeof view>;
