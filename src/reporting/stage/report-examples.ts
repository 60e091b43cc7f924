import { TEXT_KEYS, TEXT_NAMES } from "../../domain/example.js";
import { fractionOf } from "../../domain/hash.js";
import { readLabel } from "../../domain/labels.js";
import type { EffectsFile } from "../../estimation/files/effects-file.js";
import { scoredQueryOf } from "../../estimation/stage/scored-query.js";
import { failureIn, rewardsIn, treatedIn } from "../../storage/examples/record.js";
import { readShown, type ShownExample } from "../../storage/examples/stored.js";
import type { DatasetView, ExampleView, Excerpt, Kind, ModelRewards } from "../html/model.js";
import { findRow } from "../html/words.js";

/** Characters of each text that are shown, those of a prompt, and what is kept of a long beginning that all three share. */
const SHOWN = 3_000;
const PROMPT_SHOWN = 600;
const SHARED_SHOWN = 200;
/** Reasons for failed rewrites that get examples of their own. */
const MOST_REASONS = 12;

export type Chosen = Pick<DatasetView, "counts" | "failures" | "examples">;

/**
 * Examples that tell something, so many of each kind: typical ones of both arms, the largest effects both ways, those that the reward models judge most
 * differently, failed flips, and failed rewrites by reason. The file is read once, and only what is shown of a text is kept. Where several are
 * as good, the choice is random but always the same.
 */
export async function chooseExamples(
  scored: string,
  results: readonly EffectsFile[],
  perKind: number,
): Promise<Chosen> {
  const best = new Map<string, Best>();
  const offer = (
    kind: Kind,
    sort: string,
    rank: number,
    example: ShownExample,
    rewards: readonly ModelRewards[],
  ) => {
    const key = `${kind} ${sort}`;
    const held = best.get(key) ?? new Best(kind, perKind);
    best.set(key, held);
    held.offer(rank, example, rewards);
  };
  const counts = { treated: 0, untreated: 0 };
  const failures = new Map<string, { reason: string; treated: number; untreated: number }>();
  const usual = mean(results.flatMap((effects) => findRow(effects, "rate", "ate")?.effect_size ?? []));
  // Several models have their keys in the file; of one, the key may stand for columns without a name.
  const query = { ...scoredQueryOf(results[0]!), ...(results.length > 1 && { rewardKey: null }) };
  for await (const example of readShown(scored, query)) {
    const { record } = example;
    const treated = isTreated(example);
    const arm = treated ? "treated" : "untreated";
    counts[arm] += 1;
    // Scores made elsewhere may come without texts: there is nothing to show.
    if (Object.keys(example.completions).length === 0) continue;
    const chance = fractionOf(example.id);
    const failure = failureOf(example);
    if (failure) {
      const count = failures.get(failure.reason) ?? { reason: failure.reason, treated: 0, untreated: 0 };
      count[arm] += 1;
      failures.set(failure.reason, count);
      if (failures.size <= MOST_REASONS) offer("failed_rewrite", failure.reason, chance, example, []);
      continue;
    }
    const rewards = results.map((effects) => rewardsOf(example, effects));
    const sizes = rewards.flatMap(({ difference }) => difference ?? []);
    if (sizes.length === 0) continue;
    const size = mean(sizes)!;
    if (usual !== null) offer("typical", arm, -Math.abs(size - usual), example, rewards);
    offer("largest", "", size, example, rewards);
    offer("opposite", "", -size, example, rewards);
    if (sizes.length > 1)
      offer("disagreement", "", Math.max(...sizes) - Math.min(...sizes), example, rewards);
    if (readLabel(record.w_rewrite) === treated) offer("failed_flip", "rewrite", chance, example, rewards);
    else if (readLabel(record.w_rewritten_rewrite) === !treated)
      offer("failed_flip", "back", chance, example, rewards);
  }
  const views = new Map<string, ExampleView>();
  for (const { kind, held } of best.values()) {
    for (const { view } of held) {
      const known = views.get(view.id);
      views.set(
        view.id,
        known ? { ...known, kinds: [...new Set([...known.kinds, kind])] } : { ...view, kinds: [kind] },
      );
    }
  }
  return { counts, failures: [...failures.values()].slice(0, 100), examples: [...views.values()] };
}

/** The best of what was offered, by rank. */
class Best {
  readonly held: { readonly rank: number; readonly view: ExampleView }[] = [];

  constructor(
    readonly kind: Kind,
    readonly most: number,
  ) {}

  offer(rank: number, example: ShownExample, rewards: readonly ModelRewards[]): void {
    const { held, most } = this;
    if (held.length === most && rank <= held.at(-1)!.rank) return;
    held.push({ rank, view: viewOf(example, rewards) });
    held.sort((a, b) => b.rank - a.rank);
    held.length = Math.min(held.length, most);
  }
}

function viewOf(example: ShownExample, rewards: readonly ModelRewards[]): ExampleView {
  const { id, completions, reward_question } = example;
  const texts = TEXT_NAMES.map((name) => completions[TEXT_KEYS[name]]);
  const from = sharedStart(texts.filter((text) => text !== undefined));
  const [original, rewrite, rewriteOfRewrite] = texts.map((text) =>
    text === undefined ? null : excerpt(text, from, SHOWN),
  );
  const failure = failureOf(example);
  return {
    id,
    treated: isTreated(example),
    kinds: [],
    prompt: excerpt(reward_question ?? "", 0, PROMPT_SHOWN),
    texts: { original: original!, rewrite: rewrite!, rewriteOfRewrite: rewriteOfRewrite! },
    rewards,
    failure:
      failure &&
      `The ${failure.step} is not usable: ${failure.reason.replaceAll("_", " ")}${failure.detail ? `. ${failure.detail}` : "."}`,
  };
}

/** Where the showing begins: near the first difference, when that lies beyond what would be shown. */
function sharedStart(texts: readonly string[]): number {
  const [first = "", ...others] = texts;
  if (others.length === 0) return 0;
  let at = 0;
  while (at < first.length && others.every((text) => text.charCodeAt(at) === first.charCodeAt(at))) at += 1;
  if (at < SHOWN / 2 || at === first.length) return 0;
  return at - SHARED_SHOWN;
}

/** A copy of a part of a text, which does not keep the whole of it in memory; characters of two units stay whole. */
function excerpt(text: string, start: number, length: number): Excerpt {
  const low = (index: number) => (text.charCodeAt(index) & 0xfc00) === 0xdc00;
  const from = low(start) ? start + 1 : start;
  const end = Math.min(text.length, from + length);
  const part = text.slice(from, end < text.length && low(end) ? end - 1 : end);
  return { text: Buffer.from(part, "utf16le").toString("utf16le"), from, of: text.length };
}

function rewardsOf({ record }: ShownExample, effects: EffectsFile): ModelRewards {
  const { reward_key: rewardKey, reward_std: scale } = effects;
  const { textKeys } = scoredQueryOf(effects);
  const { original, rewrite, rewriteOfRewrite } = rewardsIn(record, rewardKey, { ...TEXT_KEYS, ...textKeys });
  const sign = treatedIn(record) ? 1 : -1;
  const difference =
    rewrite === null || rewriteOfRewrite === null || !scale
      ? null
      : (sign * (rewriteOfRewrite - rewrite)) / scale;
  return { rewardKey, original, rewrite, rewriteOfRewrite, difference };
}

function failureOf({ record }: ShownExample): { step: string; reason: string; detail: string } | null {
  const failure = failureIn(record);
  if (!failure) return null;
  const { step, reason, detail } = failure;
  return { step: step.slice(0, 60), reason: reason.slice(0, 60), detail: detail.slice(0, 300) };
}

function isTreated({ record }: ShownExample): boolean {
  return treatedIn(record) === true;
}

function mean(values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((total, value) => total + value, 0) / values.length;
}
