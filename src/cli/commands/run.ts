import type { CommandDeclaration, FlagsOf } from "../command.js";
import { option } from "../options/option.js";
import { DATA_OPTIONS, json, models, SERVING_OPTIONS } from "../options/shared.js";

export const run = {
  name: "run",
  group: "start",
  description: "all stages: data set, rewrites, rewrites of rewrites, scores, effects, report",
  options: [
    ...DATA_OPTIONS,
    models,
    ...SERVING_OPTIONS,
    option("input", "--new", "start again even if the same run has been finished"),
    option("input", "--from <manifest>", "repeat a run by its manifest (runs/<timestamp>.json)"),
    option("input", "--allow-changes", "repeat a run even if its data or templates have changed"),
    json,
  ],
  examples: `
  $ rate run --config config.yaml
  $ rate run --data answers.jsonl --response answer --prompt-column question --attribute length --model embedded
  $ rate run --data answers.jsonl --response answer --prompt "" --attribute list_structure --model embedded \\
      --rewriter openai --rewriter-model qwen3 --base-url http://localhost:8000/v1
  $ rate run --from runs/20250101_120000.json        repeat a run, on the same data and models
A run that was interrupted continues where it stopped when the same command is given again.`,
} satisfies CommandDeclaration;
export type RunFlags = FlagsOf<typeof run>;
