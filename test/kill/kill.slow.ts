import { test } from "node:test";
import { SCENES } from "../support/scenes.js";
import { survivesKills } from "./kills.js";

const kills = Number(process.env.KILLS ?? 40);
const seed = Number(process.env.SEED ?? 1);

for (const [name, scene] of Object.entries(SCENES))
  test(`rate ${name}, killed ${kills} times, ends with the files of an undisturbed one and does nothing twice`, (t) =>
    survivesKills(t, scene, { kills, seed, examples: 24 }));
