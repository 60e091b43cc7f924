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
  readonly skewed: boolean;
  /** Clusters whose effects have something in common; 0 for none. */
  readonly clusters: number;
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
  skewed: false,
  clusters: 0,
};

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
    draw: (random) => draw(all, random),
  };
}

/** The worlds of the validation: first those where the assumptions hold, then one for each that fails. */
export const WORLDS: readonly World[] = [
  world("additive", "confounder in the originals, the same side effects in both directions", true, {}),
  world("no effect", "the same, and the attribute has no effect", true, { effect: 0 }),
  world("skewed", "the same, with rewards and effects that are far from normal", true, { skewed: true }),
  world("large", "the same as the first, 1,000 examples", true, { n: 1000 }),
  world("few", "the same as the first, 20 examples", true, { n: 20 }),
  world("clustered", "30 prompts with about 7 responses each, whose effects have something in common", true, {
    n: 210,
    clusters: 30,
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
  const noise = (): number => (knobs.skewed ? -Math.log(1 - uniform(random)) - 1 : gaussian(random));
  const shared = Array.from({ length: knobs.clusters }, () => 0.3 * gaussian(random));
  const rows: number[][] = [];
  const lost = { treated: 0, untreated: 0 };
  for (let i = 0; i < knobs.n; i += 1) {
    const w = uniform(random) < 0.5 ? 1 : 0;
    const cluster = knobs.clusters > 0 ? Math.floor(uniform(random) * knobs.clusters) : 0;
    const content = noise();
    const own = knobs.heterogeneity * noise();
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
    rows.push([w, original, rewrite, second, cluster, firstWorked ? 1 : 2, afterSecond === w ? 1 : 2]);
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
      clusters: knobs.clusters > 0 ? renumbered(column(4)) : null,
    },
  };
}

/** Numbers from 0 without gaps. */
function renumbered(labels: Float64Array): Int32Array {
  const numbers = new Map<number, number>();
  return Int32Array.from(labels, (label) => {
    if (!numbers.has(label)) numbers.set(label, numbers.size);
    return numbers.get(label)!;
  });
}
