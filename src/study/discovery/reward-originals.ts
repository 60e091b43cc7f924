import { finiteReward, type RewardModel } from "../../domain/reward-model.js";
import type { Context } from "../../storage/project/context.js";
import { Journal } from "../../storage/project/journal.js";
import type { Rewarded } from "./screen.js";
import type { Item } from "./split.js";

const AT_ONCE = 64;

/** The items with their rewards, each scored once however often the process is killed: what was received is in the journal. */
export async function rewardOriginals(
  items: readonly Item[],
  openModel: () => Promise<RewardModel>,
  journalPath: string,
  { progress, signal }: Pick<Context, "progress" | "signal">,
): Promise<Rewarded[]> {
  const journal = await Journal.open<{ id: string; reward: number }>(journalPath, "rewards of originals");
  try {
    const rewards = new Map<string, number>();
    for await (const { id, reward } of journal.entries()) rewards.set(id, reward);
    const open = items.filter(({ id }) => !rewards.has(id));
    if (open.length > 0) {
      const model = await openModel();
      await model.announce?.(inputs(open));
      const bar = progress("score originals", items.length, items.length - open.length);
      try {
        for (let start = 0; start < open.length; start += AT_ONCE) {
          signal.throwIfAborted();
          const batch = open.slice(start, start + AT_ONCE);
          const scores = await model.score(batch);
          for (const [place, item] of batch.entries()) {
            const reward = finiteReward(scores[place]!, model.rewardKey, `the original of ${item.id}`);
            rewards.set(item.id, reward);
          }
          await Promise.all(batch.map(({ id }) => journal.append({ id, reward: rewards.get(id)! })));
          bar.advance(batch.length);
        }
      } finally {
        bar.end();
      }
    }
    return items.map((item) => ({ ...item, reward: rewards.get(item.id)! }));
  } finally {
    await journal.close();
  }
}

async function* inputs(items: readonly Item[]) {
  yield* items;
}
