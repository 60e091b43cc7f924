import { isDialogue, turnsOfPrompt } from "../../domain/dialogue.js";
import { inputError, workError } from "../../domain/errors.js";
import { EXTRA_KEYS, TEXT_KEYS, TEXT_NAMES } from "../../domain/example.js";
import {
  finiteReward,
  type RewardModel,
  type Score,
  type ScoringInput,
  type Unscored,
} from "../../domain/reward-model.js";
import { type Shard, shardRange } from "../../domain/shard.js";
import type { ScoredInputInFile } from "../../storage/examples/record.js";
import { readStored, type StoredExample } from "../../storage/examples/stored.js";
import type { Context } from "../../storage/project/context.js";
import { watchFile } from "../../storage/project/files.js";
import { Journal } from "../../storage/project/journal.js";
import { type Note, withoutPasswords } from "../../storage/project/manifest.js";
import type { RunStamp } from "../../storage/project/project.js";
import { fieldsOf, type JournalEntry } from "./score-entry.js";
import { type UnscoredTexts, unscoredOf } from "./unscored.js";

/** Smoke test: only the first examples are scored. */
const SMOKE_TEST_SCORED = 10;

/** About how long one checkpoint may take: what a kill can cost at most. */
const CHECKPOINT_SECONDS = 2;
const FIRST_CHECKPOINT = 8;

/** The texts that are scored: the three, and the placebo where there is one. */
const SCORED_KEYS = [...Object.values(TEXT_KEYS), ...EXTRA_KEYS];

export interface ScoreWork {
  /** The data set and the model as file names have them. */
  readonly names: { readonly dataset: string; readonly model: string };
  /** A rewrites file or a scored file. */
  readonly input: string;
  readonly output: string;
  /** Where it is written down how the scores were made. */
  readonly template: string;
  readonly journal: string;
  readonly model: RewardModel;
  /** The part of the input's examples that is scored and written; absent, all. */
  readonly shard?: Shard | undefined;
}

export interface ScoreResult {
  readonly scored: number;
  /** Examples without all three texts: carried along without a reward. */
  readonly incomplete: number;
  readonly tokens: number;
  /** Texts that were cut to fit the model. */
  readonly truncated: number;
  /** Share of the places in batches that held no token, in percent; null where the model does not say. */
  readonly paddingPercent: number | null;
  /** The reward of every text, where all have the same. */
  readonly constant: number | null;
  readonly unscored: UnscoredTexts;
}

/** A model is not called constant before it has seen so many texts. */
const SEVERAL = 8;

/**
 * Adds one reward model's scores of all three texts to every complete example of a file. Scores that the journal holds are not
 * computed again; the output appears whole when all are there, and the journal goes.
 */
export async function scoreFile(work: ScoreWork, context: Context): Promise<ScoreResult> {
  const { model } = work;
  const began = performance.now();
  const inputIsTheSame = await watchFile(work.input);
  const journal = await Journal.open<JournalEntry>(work.journal, `scores of ${keysOf(model).join(", ")}`);
  const scores = new Map<string, JournalEntry>();
  for await (const entry of journal.entries()) scores.set(entry.id, entry);
  const part = await partOf(work, context.stamp);
  const { total, complete, unsplit } = await count(work.input, part);
  if (unsplit > 0)
    context.say(
      `${work.names.dataset}: ${unsplit} ${unsplit === 1 ? "prompt is written" : "prompts are written"} as a dialogue (Human: …) in which the human does not have the last word; a chat model reads each as one message`,
    );
  if (model.announce) await model.announce(openInputs(work.input, part, scores));
  const progress = context.progress(`score with ${model.rewardKey}`, complete, scores.size);

  let size = FIRST_CHECKPOINT;
  let chunk: StoredExample[] = [];
  let lastEnd = 0;
  const scoreNext = async (examples: readonly StoredExample[]) => {
    const started = performance.now();
    const entries = await scoreChunk(model, examples, work.input);
    await Promise.all(entries.map((entry) => journal.append(entry)));
    for (const entry of entries) scores.set(entry.id, entry);
    const ended = performance.now();
    const seconds = Math.max(ended - Math.max(started, lastEnd), 1) / 1000;
    lastEnd = ended;
    const tokens = entries.reduce((sum, entry) => sum + entry.tokens, 0);
    progress.advance(examples.length, `${Math.round(tokens / seconds)} tokens/s`);
    const atOnce = model.elsewhere ? 2 : 1;
    size = Math.max(1, Math.min(4 * size, Math.round((size * CHECKPOINT_SECONDS) / atOnce / seconds)));
  };
  const underWay: Promise<void>[] = [];
  const flush = async () => {
    if (chunk.length === 0) return;
    const next = scoreNext(chunk);
    next.catch(() => undefined);
    underWay.push(next);
    chunk = [];
    // What scores elsewhere has its next texts before it is done with the last ones.
    if (!model.elsewhere || underWay.length > 1) await underWay.shift();
  };
  try {
    for await (const example of examplesOf(work.input, part)) {
      context.signal.throwIfAborted();
      if (!isComplete(example) || scores.has(example.id)) continue;
      const there = keysOf(model).find((key) => example.record[key] !== undefined);
      if (there !== undefined)
        throw inputError(`${work.input}: example ${example.id} has scores of ${there} already`);
      chunk.push(example);
      if (chunk.length >= size) await flush();
    }
    await flush();
    await Promise.all(underWay);
  } finally {
    await Promise.allSettled(underWay);
    progress.end();
  }
  const result = summarize([...scores.values()], total - complete, model);
  await context.project.write(work.template, templateText(work, result, context));
  await context.note?.(scoreNote(work, result, (performance.now() - began) / 1000));
  const lines = scoredLines(work.input, keysOf(model), scores, part);
  await context.project.write(work.output, checked(lines, inputIsTheSame));
  await journal.remove();
  return result;
}

/** All reward keys of a model. */
function keysOf({ rewardKey, otherKeys = [] }: RewardModel): string[] {
  return [rewardKey, ...otherKeys];
}

function summarize(entries: readonly JournalEntry[], incomplete: number, { work }: RewardModel): ScoreResult {
  const { tokens = 0, places = 0 } = work?.() ?? {};
  const sum = (value: (entry: JournalEntry) => number) =>
    entries.reduce((total, entry) => total + value(entry), 0);
  return {
    scored: entries.length,
    incomplete,
    tokens: sum((entry) => entry.tokens),
    truncated: sum((entry) => entry.truncated),
    paddingPercent: places === 0 ? null : 100 * (1 - tokens / places),
    constant: constantOf(entries),
    unscored: unscoredOf(entries),
  };
}

function scoreNote({ model, names, shard }: ScoreWork, result: ScoreResult, seconds: number): Note {
  const { scored, incomplete, tokens, truncated, unscored } = result;
  const counts = { scored, incomplete, tokens, truncated, unscored: unscored.counts, seconds };
  return {
    scores: [names.dataset, names.model, ...(shard ? [`shard ${shard.index}`] : [])].join(" "),
    facts: { ...names, ...keyFacts(model), facts: model.facts, ...counts },
  };
}

/** The reward key, and all of them where one pass gives several. */
function keyFacts(model: RewardModel) {
  const keys = keysOf(model);
  return { reward_key: model.rewardKey, ...(keys.length > 1 && { reward_keys: keys }) };
}

function constantOf(entries: readonly JournalEntry[]): number | null {
  const rewards = entries
    .flatMap((entry) => Object.values(entry.rewards))
    .filter((reward) => reward !== null);
  const [first] = rewards;
  return rewards.length >= SEVERAL && rewards.every((reward) => reward === first) ? first! : null;
}

/** The template file beside scores: the reward model, how it was called, and what it was called on. */
function templateText(
  work: ScoreWork,
  { scored, incomplete, tokens, truncated, constant, unscored }: ScoreResult,
  { project, stamp, version, configuration }: Context,
): string {
  const facts = {
    rate_version: version,
    ...(configuration !== undefined && { configuration: withoutPasswords(configuration) }),
    timestamp: stamp.timestamp,
    smoke_test: stamp.smokeTest,
    ...keyFacts(work.model),
    reward_model: work.model.facts,
    input: project.show(work.input),
    ...(work.shard && { shard: work.shard }),
    scored,
    incomplete,
    tokens,
    truncated,
    constant,
    unscored: unscored.counts,
  };
  return `${JSON.stringify(facts, null, 2)}\n`;
}

/** Positions of examples in a file: from `start`, before `end`. */
interface Part {
  readonly start: number;
  readonly end: number;
}

/** The examples that this run is about: all, the first ones of a smoke test, or a shard of these. */
async function partOf({ input, shard }: ScoreWork, { smokeTest }: RunStamp): Promise<Part> {
  const whole = { start: 0, end: smokeTest ? SMOKE_TEST_SCORED : Number.POSITIVE_INFINITY };
  return shard ? shardRange(shard, (await count(input, whole)).total) : whole;
}

async function* examplesOf(input: string, { start, end }: Part): AsyncIterable<StoredExample> {
  let position = 0;
  for await (const example of readStored(input)) {
    if (position >= end) return;
    if (position >= start) yield example;
    position += 1;
  }
}

/** What is still to be scored. */
async function* openInputs(
  input: string,
  part: Part,
  scores: ReadonlyMap<string, unknown>,
): AsyncIterable<ScoringInput> {
  for await (const example of examplesOf(input, part))
    if (isComplete(example) && !scores.has(example.id)) yield* inputsOf(example);
}

/** An example's texts, in the order of their keys. */
function inputsOf({ completions, reward_question: prompt }: StoredExample): ScoringInput[] {
  return SCORED_KEYS.flatMap((key) => {
    const response = completions[key];
    return response === undefined ? [] : [{ prompt, response }];
  });
}

/** Examples, those with all texts, and prompts that are dialogues but cannot be taken as turns. */
async function count(
  input: string,
  part: Part,
): Promise<{ total: number; complete: number; unsplit: number }> {
  const found = { total: 0, complete: 0, unsplit: 0 };
  for await (const example of examplesOf(input, part)) {
    found.total += 1;
    const { reward_question: prompt } = example;
    if (isDialogue(prompt) && turnsOfPrompt(prompt) === null) found.unsplit += 1;
    if (isComplete(example)) found.complete += 1;
  }
  return found;
}

function isComplete(example: StoredExample): boolean {
  return TEXT_NAMES.every((name) => typeof example.completions[TEXT_KEYS[name]] === "string");
}

async function scoreChunk(
  model: RewardModel,
  chunk: readonly StoredExample[],
  file: string,
): Promise<JournalEntry[]> {
  const keys = chunk.map(({ completions }) => SCORED_KEYS.filter((key) => completions[key] !== undefined));
  const inputs = chunk.flatMap((example, index) =>
    keys[index]!.map((key) => ({ prompt: example.reward_question, response: example.completions[key]! })),
  );
  const scores = await (model.scoreOrSkip ?? model.score)(inputs);
  if (scores.length !== inputs.length) {
    throw workError(
      `${model.rewardKey}: ${inputs.length} texts were sent and ${scores.length} scores came back; none of them is kept`,
    );
  }
  let at = 0;
  return chunk.map((example, index) => {
    const own = keys[index]!.map((key, place) => ({ key, score: scores[at + place]! }));
    at += own.length;
    const others = model.otherKeys ?? [];
    const rewardsOf = (rewardKey: string, rewardIn: (score: Score) => number) =>
      Object.fromEntries(
        own.map(({ key, score }) => {
          const where = `${key} of example ${example.id} (${file})`;
          if ("missing" in score) return [key, null];
          return [key, finiteReward({ reward: rewardIn(score) }, rewardKey, where)];
        }),
      );
    const failures = own.flatMap(({ key, score }) =>
      "missing" in score ? [[key, { reason: score.missing, detail: score.detail }] as const] : [],
    );
    const inputs = own.flatMap(({ key, score }) => storedInput(key, score));
    return {
      id: example.id,
      rewards: rewardsOf(model.rewardKey, ({ reward }) => reward),
      ...(others.length > 0 && {
        others: Object.fromEntries(
          others.map((key, place) => [key, rewardsOf(key, (score) => score.others?.[place] ?? Number.NaN)]),
        ),
      }),
      ...(inputs.length > 0 && { inputs: Object.fromEntries(inputs) }),
      ...(failures.length > 0 && {
        failures: Object.fromEntries(failures),
        treated: example.record.w_original === true,
      }),
      tokens: own.reduce((sum, { score }) => sum + score.tokens, 0),
      truncated: own.filter(({ score }) => score.truncated).length,
    };
  });
}

function storedInput(key: string, score: Score | Unscored): [string, ScoredInputInFile][] {
  const { inputHash, tokens, truncated } = score;
  if (inputHash === undefined) return [];
  const bosCount = ("bosCount" in score && score.bosCount) || 0;
  return [[key, { hash: inputHash, tokens, bos: bosCount, ...(truncated && { truncated }) }]];
}

async function* scoredLines(
  input: string,
  [rewardKey, ...otherKeys]: readonly string[],
  scores: ReadonlyMap<string, JournalEntry>,
  part: Part,
): AsyncIterable<string> {
  for await (const example of examplesOf(input, part)) {
    const entry = scores.get(example.id);
    const added = entry && fieldsOf(example, [rewardKey!, ...otherKeys], entry);
    yield `${JSON.stringify({ ...example.record, id: example.id, ...added })}\n`;
  }
}

/** The lines, if the check at their end passes. */
async function* checked(lines: AsyncIterable<string>, check: () => Promise<void>): AsyncIterable<string> {
  yield* lines;
  await check();
}
