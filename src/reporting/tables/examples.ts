import { randomStream, uniform } from "../../estimation/numeric/random.js";
import { signed } from "../html/words.js";
import type { TextTable } from "./table.js";

/** An example with its texts and their rewards. */
export interface SampledExample {
  readonly id: string;
  readonly treated: boolean;
  readonly texts: { readonly original: string; readonly rewrite: string; readonly rewriteOfRewrite: string };
  readonly rewards: {
    readonly original: number | null;
    readonly rewrite: number;
    readonly rewriteOfRewrite: number;
  };
}

/** A sample of a stream, each item as likely as any other: algorithm R (Vitter 1985). The same for the same seed; in the order of the stream. */
export class Reservoir<Item> {
  private readonly kept: { readonly item: Item; readonly place: number }[] = [];
  private readonly random;
  private seen = 0;

  constructor(
    private readonly size: number,
    seed: number,
  ) {
    this.random = randomStream(seed, 0);
  }

  offer(item: Item): void {
    const slot = this.seen < this.size ? this.seen : Math.floor(uniform(this.random) * (this.seen + 1));
    if (slot < this.size) this.kept[slot] = { item, place: this.seen };
    this.seen += 1;
  }

  get items(): Item[] {
    return [...this.kept].sort((a, b) => a.place - b.place).map(({ item }) => item);
  }
}

/** Originals, rewrites and rewrites of rewrites side by side, each with its reward; texts are cut to `letters`. */
export function examplesTable(
  examples: readonly SampledExample[],
  {
    rewardKey,
    concept,
    letters,
    seed,
  }: { rewardKey: string; concept: string; letters: number; seed: number },
): TextTable {
  let cut = 0;
  const shown = (text: string, reward: number | null) => {
    const all = [...text];
    if (all.length > letters) cut += 1;
    const start = all.length > letters ? `${all.slice(0, letters).join("").trimEnd()}…` : text;
    return `${start} (reward ${signed(reward, 3)})`;
  };
  const rows = examples.map(({ treated, texts, rewards }) => [
    treated ? "1" : "0",
    shown(texts.original, rewards.original),
    shown(texts.rewrite, rewards.rewrite),
    shown(texts.rewriteOfRewrite, rewards.rewriteOfRewrite),
  ]);
  return {
    title: `Sampled rewrites of ${concept} with rewards of ${rewardKey} (seed ${seed})`,
    columns: [
      { name: "w", align: "left" },
      { name: "original", align: "text" },
      { name: "rewrite", align: "text" },
      { name: "rewrite of the rewrite", align: "text" },
    ],
    rows,
    notes: cut === 0 ? [] : [`${cut} texts are cut after ${letters} letters`],
  };
}
