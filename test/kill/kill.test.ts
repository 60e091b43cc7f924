import { test } from "node:test";
import { SCENES } from "../support/scenes.js";
import { survivesKills } from "./kills.js";

// A few kills of each; `make test-kill` has two hundred. Batches, which take the longest, are killed in `test/rewriters/openai-batch.test.ts`.
const { "create-dataset": _, ...scenes } = SCENES;
for (const [name, scene] of Object.entries(scenes))
  test(`rate ${name}, killed a few times, ends with the files of an undisturbed one and does nothing twice`, (t) =>
    survivesKills(t, scene, { kills: 3, seed: 1, examples: 6 }));
