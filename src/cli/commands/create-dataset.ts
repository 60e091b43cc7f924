import type { CommandDeclaration, FlagsOf } from "../command.js";
import { DATA_OPTIONS, json } from "../options/shared.js";

export const createDataset = {
  name: "create-dataset",
  group: "data",
  description: "load, classify, rewrite, rewrite the rewrites",
  options: [...DATA_OPTIONS, json],
  examples: `
  $ rate create-dataset --config config.yaml
  $ rate create-dataset --data answers.jsonl --response answer --prompt-column question --attribute length`,
} satisfies CommandDeclaration;
export type CreateDatasetFlags = FlagsOf<typeof createDataset>;
