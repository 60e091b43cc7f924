import type { CommandDeclaration, FlagsOf } from "../command.js";
import { option } from "../options/option.js";
import { json } from "../options/shared.js";

export const demo = {
  name: "demo",
  group: "start",
  description: "the whole pipeline on the embedded data, rewriter and reward model, to a table and a report",
  options: [
    option("output", "--output <dir>", "where the demo's project is kept", { default: "demo-output" }),
    json,
  ],
  examples: `
  $ rate demo
  $ rate demo --output /tmp/rate-demo --json`,
} satisfies CommandDeclaration;
export type DemoFlags = FlagsOf<typeof demo>;
