import type { RewardTable } from "../src/domain/example.js";
import { bootstrapReplicates } from "../src/estimation/estimators/bootstrap.js";
import { gaussian, randomStream } from "../src/estimation/numeric/random.js";
import { drawReplicates } from "../src/estimation/stage/bootstrap.js";
import { line } from "./measure.js";

const EXAMPLES = 50_000;
const REPLICATES = 10_000;

/** Replicates of all estimators at once, on all cores and on one. */
export async function benchBootstrap(): Promise<string> {
  const random = randomStream(1, 0);
  const column = () => Float64Array.from({ length: EXAMPLES }, () => gaussian(random));
  const table: RewardTable = {
    treated: Uint8Array.from({ length: EXAMPLES }, () => random() & 1),
    original: column(),
    rewrite: column(),
    rewriteOfRewrite: column(),
    clusters: null,
  };
  const started = performance.now();
  const all = await drawReplicates(table, REPLICATES, 1);
  const seconds = (performance.now() - started) / 1000;
  const alone = performance.now();
  const one = bootstrapReplicates(table, 1, 0, REPLICATES);
  const single = (performance.now() - alone) / 1000;
  const same = all.every((value, index) => value === one[index]);
  const measured = `${seconds.toFixed(2)} s on all cores, ${single.toFixed(2)} s on one, ${same ? "the same digits" : "DIFFERENT DIGITS"}`;
  return line(`bootstrap, ${REPLICATES.toLocaleString("en")} × ${EXAMPLES.toLocaleString("en")}`, measured, {
    "2 s on two cores": seconds <= 2,
    "the same digits on one": same,
  });
}
