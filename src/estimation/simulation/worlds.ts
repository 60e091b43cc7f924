import type { RewardTable } from "../../domain/example.js";
import { gaussian, type RandomSource, uniform } from "../numeric/random.js";

/** Rewards by a known model, with what the attribute's effect truly is. */
export interface World {
  readonly name: string;
  /** What the world is like, for tables. */
  readonly description: string;
  /** Whether RATE's assumptions hold. */
  readonly holds: boolean;
  readonly n: number;
  /** The average treatment effect, in reward units. */
  readonly truth: number;
  /** What the naive difference of means is about, in reward units: the effect and the confounder. */
  readonly naiveTruth: number;
  draw(random: RandomSource): Drawn;
}

/** A data set from a world, with what diagnostics look at. */
export interface Drawn {
  readonly table: RewardTable;
  /** By row: 1 the flip succeeded, 2 it failed. */
  readonly flipOf: { readonly rewrite: Uint8Array; readonly rewriteOfRewrite: Uint8Array };
  readonly lost: { readonly treated: number; readonly untreated: number };
}

/** How a world departs from the plain one. Rewards are in units of about one standard deviation. */
interface Knobs {
  readonly n: number;
  readonly effect: number;
  /** Standard deviation of the effect between examples. */
  readonly heterogeneity: number;
  /** Extra reward that goes with w = 1 in the originals and that rewriting takes away: the confounder. */
  readonly quirk: number;
  /** What a rewrite does to the reward whatever its direction. */
  readonly shift: number;
  /** What a rewrite to w = 1 does besides, and one to w = 0 does not. */
  readonly lopsided: number;
  /** Share of flips that fail. */
  readonly failures: number;
  /** How much larger the effect is in texts that have been rewritten. */
  readonly interaction: number;
  /** Chance that an example with w = 1 and an effect above its mean is lost. */
  readonly loss: number;
  /** How rewards and effects are spread: normal, exponential, Student's t with 3 degrees of freedom, or effects that are lognormal. */
  readonly tails: "normal" | "exponential" | "t3" | "lognormal";
  /** Clusters whose effects have something in common, with rows at random; 0 for none. */
  readonly clusters: number;
  /** The same with so many rows each. */
  readonly sizes: readonly number[];
  /** Share of the examples with w = 1. */
  readonly treatedShare: number;
  /** Clusters, or examples, from the first on, that alone have w = 1; null where that is by chance. */
  readonly treatedFirst: number | null;
  /** Step of the grid that rewards are rounded to; 0 for none. */
  readonly grid: number;
}

const PLAIN: Knobs = {
  n: 200,
  effect: 0.3,
  heterogeneity: 0.3,
  quirk: 0.5,
  shift: 0.4,
  lopsided: 0,
  failures: 0,
  interaction: 0,
  loss: 0,
  tails: "normal",
  clusters: 0,
  sizes: [],
  treatedShare: 0.5,
  treatedFirst: null,
  grid: 0,
};

/** From 1 to 80 rows. */
const UNEQUAL = [1, 1, 2, 3, 4, 6, 9, 13, 20, 30, 50, 80];
const total = (sizes: readonly number[]) => sizes.reduce((sum, size) => sum + size, 0);
const SIXTY = Array<number>(60).fill(5);

function world(
  name: string,
  description: string,
  holds: boolean,
  knobs: Partial<Knobs>,
  truth?: number,
): World {
  const all = { ...PLAIN, ...knobs };
  return {
    name,
    description,
    holds,
    n: all.n,
    truth: truth ?? all.effect,
    naiveTruth: all.effect + all.quirk,
    draw: (random) => draw(all, random),
  };
}

/** The worlds of the validation: first those where the assumptions hold, then one for each that fails. */
export const WORLDS: readonly World[] = [
  world("additive", "confounder in the originals, the same side effects in both directions", true, {}),
  world("no effect", "the same, and the attribute has no effect", true, { effect: 0 }),
  world("skewed", "the same, with rewards and effects that are far from normal", true, {
    tails: "exponential",
  }),
  world("large", "the same as the first, 1,000 examples", true, { n: 1000 }),
  world("few", "the same as the first, 20 examples", true, { n: 20 }),
  world("clustered", "30 prompts with about 7 responses each, whose effects have something in common", true, {
    n: 210,
    clusters: 30,
  }),
  world("t3 rewards", "rewards and effects spread like Student's t with 3 degrees of freedom", true, {
    tails: "t3",
  }),
  world("lognormal effects", "30 examples, whose effects are lognormal", true, {
    n: 30,
    tails: "lognormal",
    heterogeneity: 0.6,
  }),
  world("5 % treated", "one example in twenty has w = 1", true, { n: 400, treatedShare: 0.05 }),
  world(
    "12 unequal clusters",
    "12 prompts with 1 to 80 responses each, whose effects have something in common",
    true,
    {
      n: total(UNEQUAL),
      sizes: UNEQUAL,
    },
  ),
  world(
    "5 equal clusters",
    "5 prompts with 40 responses each, whose effects have something in common",
    true,
    {
      n: 200,
      sizes: Array<number>(5).fill(40),
    },
  ),
  world(
    "giant cluster",
    "one prompt with 70 responses and 30 with one, whose effects have something in common",
    true,
    {
      n: 100,
      sizes: [70, ...Array<number>(30).fill(1)],
    },
  ),
  world(
    "3 treated clusters",
    "60 prompts with 5 responses each, of which the first 3 alone have w = 1",
    true,
    {
      n: total(SIXTY),
      sizes: SIXTY,
      treatedFirst: 3,
    },
  ),
  world("2 treated", "two examples of 200 have w = 1", true, { treatedFirst: 2 }),
  world("bf16 grid", "rewards near 40 in steps of 0.25, as a model in bfloat16 gives them", true, {
    grid: 0.25,
  }),
  world("lopsided rewriter", "fails: rewriting to w = 1 adds 0.2 that rewriting to w = 0 does not", false, {
    lopsided: 0.2,
  }),
  world("failed flips", "fails: 25 % of the flips do not succeed", false, { failures: 0.25 }),
  world("interaction", "fails: the attribute counts for half as much again in rewritten texts", false, {
    interaction: 0.5,
  }),
  world("selective loss", "fails: half of the w = 1 examples with large effects are refused", false, {
    loss: 0.5,
  }),
];

function draw(knobs: Knobs, random: RandomSource): Drawn {
  const noise = noiseOf(knobs.tails === "lognormal" ? "normal" : knobs.tails, random);
  const effectNoise = noiseOf(knobs.tails, random);
  const shared = Array.from({ length: knobs.sizes.length || knobs.clusters }, () => 0.3 * gaussian(random));
  const clusterOf = knobs.sizes.flatMap((size, cluster) => Array<number>(size).fill(cluster));
  const onGrid = (reward: number) =>
    knobs.grid > 0 ? Math.round((40 + reward) / knobs.grid) * knobs.grid : reward;
  const rows: number[][] = [];
  const lost = { treated: 0, untreated: 0 };
  for (let i = 0; i < knobs.n; i += 1) {
    const chance = uniform(random) < knobs.treatedShare;
    const cluster = clusterOf[i] ?? (knobs.clusters > 0 ? Math.floor(uniform(random) * knobs.clusters) : 0);
    const isFirst = (clusterOf[i] ?? i) < (knobs.treatedFirst ?? 0);
    const w = (knobs.treatedFirst === null ? chance : isFirst) ? 1 : 0;
    const content = noise();
    const own = knobs.heterogeneity * effectNoise();
    const effect = knobs.effect + own + (shared[cluster] ?? 0);
    const inRewrites = effect + knobs.interaction * knobs.effect;
    const quirk = w === 1 ? knobs.quirk * uniform(random) * 2 : 0;
    if (w === 1 && own > 0 && uniform(random) < knobs.loss) {
      lost.treated += 1;
      continue;
    }
    const [firstWorked, secondWorked] = [
      uniform(random) >= knobs.failures,
      uniform(random) >= knobs.failures,
    ];
    const afterFirst = firstWorked ? 1 - w : w;
    const afterSecond = secondWorked ? w : afterFirst;
    const side = (target: number) => knobs.shift + (target === 1 ? knobs.lopsided : 0);
    const original = content + effect * w + quirk + 0.1 * noise();
    const rewrite = content + inRewrites * afterFirst + side(1 - w) + 0.2 * noise();
    const second = content + inRewrites * afterSecond + side(w) + 0.2 * noise();
    rows.push([
      w,
      onGrid(original),
      onGrid(rewrite),
      onGrid(second),
      cluster,
      firstWorked ? 1 : 2,
      afterSecond === w ? 1 : 2,
    ]);
  }
  const column = (k: number) => Float64Array.from(rows, (row) => row[k]!);
  return {
    lost,
    flipOf: { rewrite: Uint8Array.from(column(5)), rewriteOfRewrite: Uint8Array.from(column(6)) },
    table: {
      treated: Uint8Array.from(column(0)),
      original: column(1),
      rewrite: column(2),
      rewriteOfRewrite: column(3),
      clusters: shared.length > 0 ? renumbered(column(4)) : null,
    },
  };
}

/** Numbers with mean 0; the variance is 1 but for the t distribution, whose is 3. */
function noiseOf(tails: Knobs["tails"], random: RandomSource): () => number {
  const { E } = Math;
  switch (tails) {
    case "normal":
      return () => gaussian(random);
    case "exponential":
      return () => -Math.log(1 - uniform(random)) - 1;
    case "t3":
      return () => {
        const square = gaussian(random) ** 2 + gaussian(random) ** 2 + gaussian(random) ** 2;
        return gaussian(random) / Math.sqrt(square / 3);
      };
    case "lognormal":
      return () => (Math.exp(gaussian(random)) - Math.sqrt(E)) / Math.sqrt((E - 1) * E);
  }
}

/** Numbers from 0 without gaps. */
function renumbered(labels: Float64Array): Int32Array {
  const numbers = new Map<number, number>();
  return Int32Array.from(labels, (label) => {
    if (!numbers.has(label)) numbers.set(label, numbers.size);
    return numbers.get(label)!;
  });
}
