/** Compiled with the tests, never run: what the compiler must accept and refuse about the flags of commands. */
import type { EffectsFlags } from "../../src/cli/commands/effects.js";
import type { ExportFlags } from "../../src/cli/commands/export.js";
import type { PlotFlags } from "../../src/cli/commands/plot.js";
import type { RunFlags } from "../../src/cli/commands/run.js";
import type { FlagsIn } from "../../src/cli/options/option.js";
import { option } from "../../src/cli/options/option.js";

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const holds = <Claim extends true>(): Claim | undefined => undefined;

export function read(effects: EffectsFlags, run: RunFlags, plot: PlotFlags, exported: ExportFlags): void {
  holds<Equal<typeof effects.clusterBy, string | undefined>>();
  holds<Equal<typeof effects.level, number | undefined>>();
  holds<Equal<typeof effects.rewardKey, string[] | undefined>>();
  holds<Equal<typeof effects.ci, "normal" | "t" | "percentile" | "bca" | undefined>>();
  holds<Equal<typeof run.maxCost, number | undefined>>();
  holds<Equal<typeof run.cache, boolean | undefined>>();
  holds<Equal<typeof run.projectDir, string | undefined>>();
  // With a default, or required: always there.
  holds<Equal<typeof plot.theme, "paper" | "screen">>();
  holds<Equal<typeof exported.output, string>>();

  // @ts-expect-error: misspelt
  void effects.clusterby;
  // @ts-expect-error: of another command
  void effects.maxCost;
  // @ts-expect-error: a number, not a text
  void effects.level?.trim();
  // @ts-expect-error: no such choice
  void (plot.theme === "poster");
  // @ts-expect-error: --no-cache gives cache
  void run.noCache;
}

export function declare(): void {
  const colour = option("output", "--line-colour <name>", "colour of lines", { choices: ["red", "blue"] });
  holds<Equal<FlagsIn<typeof colour>, { readonly lineColour?: "red" | "blue" }>>();
  // @ts-expect-error: there is no such group
  option("outptu", "--line-colour <name>", "colour of lines");
}
