import type { CommandDeclaration, FlagsOf } from "../command.js";
import { option } from "../options/option.js";
import { columns, rewardKeys } from "../options/shared.js";

export const plot = {
  name: "plot",
  group: "answers",
  description: "figures of results, fit for a paper or a screen, as SVG, PNG, PDF or Vega-Lite JSON",
  arguments: [
    {
      usage: "<kind>",
      description:
        "forest (a whole study), naive-vs-rate, rewrite-bias (single against double rewrites), heatmap, densities (of the rewards), synthetic",
    },
    {
      usage: "<file...>",
      description:
        "effects files, studies (rate effects … --output), scored files, or a plotting configuration (.jsonl)",
    },
  ],
  options: [
    rewardKeys,
    columns,
    option(
      "output",
      "--output <file...>",
      "where the figure goes; the end of the name says the format (default: plots/)",
    ),
    option("output", "--theme <name>", "sizes for print or for a screen", {
      choices: ["paper", "screen"],
      default: "paper",
    }),
  ],
  examples: `
  $ rate plot forest study.json --output study.pdf study.svg
  $ rate plot naive-vs-rate effects/*.json --output naive-vs-rate.pdf
  $ rate plot densities scored.jsonl --reward-key my-org/my-reward-model --output densities.png --theme screen
  $ rate plot heatmap plots.jsonl --output heatmap.svg
A plotting configuration has a line for each result, with a scored file of the project:
  {"dataset_name": "imdb_length", "concept": "length", "score": "armorm", "reward_key": "…", "dataset_filename": "….jsonl"}`,
} satisfies CommandDeclaration;
export type PlotFlags = FlagsOf<typeof plot>;
