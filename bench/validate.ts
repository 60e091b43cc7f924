import { mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { WorldTally } from "../src/estimation/simulation/coverage.js";
import { WORLDS } from "../src/estimation/simulation/worlds.js";
import { runWorld } from "../src/estimation/stage/worlds.js";
import { renderSvg } from "../src/reporting/figures/rendering/svg.js";
import { validationFigure, validationPage } from "./validation-page.js";

const REPOSITORY = resolve(import.meta.dirname, "..", "..");
const REPLICATES = Number(process.env.REPLICATES ?? 10_000);
const SEED = 20260101;
/** The bootstrap takes a hundred times as long as the formulas: it is drawn for a part of the data sets. */
const OPTIONS = { bootstrapEvery: Number(process.env.BOOTSTRAP_EVERY ?? 10), diagnoseEvery: 20 };

const tallies: WorldTally[] = [];
for (const [index, world] of WORLDS.entries()) {
  const started = performance.now();
  tallies.push(
    await runWorld({ world: index, replicates: REPLICATES, seed: SEED + index, options: OPTIONS }),
  );
  const rate = tallies[index]!.estimators.rate!;
  const t = rate.intervals.t!;
  process.stdout.write(
    `${world.name}: RATE's bias ${(rate.error / rate.count).toFixed(4)}, t interval covers ${((100 * t.covered) / t.count).toFixed(1)} % (${((performance.now() - started) / 1000).toFixed(0)} s)\n`,
  );
}
mkdirSync(join(REPOSITORY, "docs", "images"), { recursive: true });
writeFileSync(join(REPOSITORY, "docs", "validation.md"), validationPage(tallies, SEED));
writeFileSync(
  join(REPOSITORY, "docs", "images", "validation.svg"),
  await renderSvg(validationFigure(tallies)),
);
