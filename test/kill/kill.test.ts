import { test } from "node:test";
import { SCENES } from "../support/scenes.js";
import { survivesKills } from "./kills.js";

// A few kills of each; `make test-kill` has two hundred.
for (const [name, scene] of Object.entries(SCENES))
  test(`rate ${name}, killed a few times, ends with the files of an undisturbed one and does nothing twice`, (t) =>
    survivesKills(t, scene, { kills: 3, seed: 1, examples: 6 }));
