import { test } from "node:test";
import { oddSeed } from "./odd-batches.js";

const seeds = Number(process.env.SEEDS ?? 60);

for (const provider of ["openai", "anthropic"] as const)
  for (let seed = 1; seed <= seeds; seed += 1)
    test(`${provider}, seed ${seed}: nothing is paid twice and the money said is the money billed`, (t) =>
      oddSeed(t, provider, seed));
