import { createHash, randomUUID } from "node:crypto";
import { basename } from "node:path";
import type { JudgeConfig } from "../../domain/config/schema.js";
import { inputError, workError } from "../../domain/errors.js";
import { dollars } from "../../domain/ledger.js";
import type { RewardModel, Score, ScoringInput, Unscored } from "../../domain/reward-model.js";
import type { TokenUsage } from "../../domain/rewriter.js";
import { Budget, usageText } from "../../language-models/budget.js";
import { openChat } from "../../language-models/client.js";
import type { Unanswered } from "../../language-models/failures.js";
import { CostForecast } from "../../language-models/forecast.js";
import { type ModelPricing, pricingOf } from "../../language-models/pricing.js";
import { chatChoice, judgeSettings } from "../../language-models/settings.js";
import { Understanding } from "../../language-models/understanding.js";
import type { Context } from "../../storage/project/context.js";
import { Journal, openForeign } from "../../storage/project/journal.js";
import {
  decidingToken,
  type JudgedAnswer,
  type JudgeRules,
  RUBRIC,
  readScore,
  rubricPrompt,
  scoresOf,
} from "../judge.js";

/** Alternatives that are asked for: as many as OpenAI gives, so that all scores are among them. */
const TOP_LOGPROBS = 20;
/** Tokens of an answer, at most, where the configuration does not say. */
const ANSWER_LIMIT = 16;
/** Tokens of an answer, for the estimate. */
const ANSWER_TOKENS = 3;

/** One answer, as the journal keeps it. */
interface JudgeAnswer extends JudgedAnswer {
  readonly key: string;
  readonly prompt: string;
  /** 1 for the answer to the second time of asking; an answer that gives no score is asked for once more. */
  readonly attempt?: number;
  readonly model: string;
  readonly usage?: TokenUsage;
}

/** What decides a judge's scores. */
export function judgeRules({ rubric, scale, score }: JudgeConfig): JudgeRules {
  const rules = { rubric: rubric ?? RUBRIC, scale: scale ?? ([1, 9] as const), score: score ?? "logprobs" };
  const [low, high] = rules.scale;
  if (high <= low)
    throw inputError(
      `scoring.judge: scale: expected the lowest and the highest score, found ${low} and ${high}`,
    );
  if (rules.score === "logprobs" && high > 9)
    throw inputError(
      `scoring.judge: scale: log-probabilities need scores of one digit, found ${high}; choose a scale up to 9, or score: parsed`,
    );
  return rules;
}

/** The key under which a judge's rewards are stored. */
export function judgeKey(model: string, { reward_key }: JudgeConfig): string {
  return reward_key ?? `judge/${model}`;
}

/** How a judge is asked. */
export function judgeModelSettings(
  name: string,
  config: JudgeConfig,
  { environment }: Pick<Context, "environment">,
) {
  const chat = { maxCompletionTokens: ANSWER_LIMIT, ...chatChoice(config), model: config.model ?? name };
  return judgeSettings({ chat, environment });
}

/** What a judge is paid. Throws when there is a limit and its price is not known. */
function judgePricing(
  name: string,
  config: JudgeConfig,
  context: Pick<Context, "environment" | "ledger">,
): Promise<ModelPricing> {
  const limit = context.ledger.limit.below(config.max_cost, "max_cost");
  const billing = { prices: config.prices, inBatches: false, limit, where: "scoring: judge" };
  return pricingOf(judgeModelSettings(name, config, context), billing);
}

/** What a judge will be asked about a text, and what that costs, before there is anything to score. */
export async function judgeForecast(
  name: string,
  config: JudgeConfig,
  context: Pick<Context, "environment" | "ledger">,
) {
  const rules = judgeRules(config);
  return {
    pricing: await judgePricing(name, config, context),
    promptOf: (input: ScoringInput) => rubricPrompt(rules, input),
    answerTokens: ANSWER_TOKENS,
  };
}

/**
 * Opens a language model as a reward model. Answers are on the disk before they count; what any run of the project has been answered is not asked again.
 */
export async function openJudge(name: string, config: JudgeConfig, context: Context): Promise<RewardModel> {
  const { project, stamp } = context;
  const model = config.model ?? name;
  const rules = judgeRules(config);
  const settings = { ...judgeModelSettings(name, config, context), say: context.say };
  const limit = context.ledger.limit.below(config.max_cost, "max_cost (under scoring: judge)");
  const pricing = await judgePricing(name, config, context);
  const budget = Budget.open(`judge ${model}`, pricing, context.ledger, limit);
  const chat = openChat(settings);
  const purpose = `scores by ${JSON.stringify([chat.facts, rules])}`;

  const known = new Map<string, JudgeAnswer>();
  // What processes of this run have left, which were killed before they could give it its group.
  const left: string[] = [];
  for (const path of await project.rewriteJournals()) {
    const journal = await openForeign<JudgeAnswer>(path, (found) => found === purpose);
    const ofThisRun = basename(path).includes(stamp.timestamp);
    if (journal && ofThisRun) left.push(path);
    if (config.cache === false && !ofThisRun) continue;
    for await (const [answer] of journal?.placed() ?? []) {
      const isRead = "reward" in readScore(rules, answer);
      // What other runs could not read is asked anew, and with cache: false what this one could not read too.
      if (isRead || (ofThisRun && config.cache !== false && !known.has(answer.key)))
        known.set(answer.key, { ...answer, prompt: "" });
      if (isRead || ofThisRun) budget.add({ ...answer, reused: !ofThisRun });
    }
  }
  // Each process has a journal of its own: the shards of a run share its name and may run at once.
  const path = project.judgeJournal(`${name}_scores_${randomUUID().slice(0, 8)}`, stamp);
  let journal: Promise<Journal<JudgeAnswer>> | null = null;

  const ask = async (prompt: string, key: string, attempt: number): Promise<JudgeAnswer | Unanswered> => {
    const release = budget.reserve([prompt], ANSWER_TOKENS);
    try {
      context.signal.throwIfAborted();
      const choices = rules.score === "parsed" ? { choices: scoresOf(rules) } : { topLogprobs: TOP_LOGPROBS };
      const reply = await chat.ask({ prompt, ...choices }, context.signal);
      if (!("text" in reply)) return reply;
      const { text, usage, logprobs, finishReason, refusal, reasoning } = reply;
      const deciding = decidingToken(logprobs);
      const answer: JudgeAnswer = {
        ...{ key, prompt, text, model: reply.model, finishReason },
        ...(attempt > 0 && { attempt }),
        ...(refusal && { refusal }),
        ...(reasoning && { reasoning }),
        ...(usage && { usage }),
        ...(deciding && { logprobs: [deciding] }),
      };
      journal ??= Journal.open<JudgeAnswer>(path, purpose);
      await (await journal).append(answer);
      budget.learn(prompt, usage);
      budget.add(answer);
      known.set(key, { ...answer, prompt: "" });
      return answer;
    } finally {
      release();
    }
  };
  /** The answer that counts: one that gives a score, or the second one that gives none. */
  const answerTo = async (prompt: string, key: string): Promise<JudgeAnswer | Unanswered> => {
    const first = known.get(key) ?? (await ask(prompt, key, 0));
    if (!("text" in first) || first.attempt === 1 || "reward" in readScore(rules, first)) return first;
    return ask(prompt, key, 1);
  };
  const understanding = new Understanding(model, `scores from ${rules.scale[0]} to ${rules.scale[1]}`);
  const judge = async (input: ScoringInput): Promise<Score | Unscored> => {
    const prompt = rubricPrompt(rules, input);
    const key = keyOf(prompt);
    const answer = await answerTo(prompt, key);
    const read = scoreIn(rules, answer);
    understanding.add("missing" in read ? read : null);
    const about = {
      tokens: ("usage" in answer && answer.usage?.promptTokens) || 0,
      truncated: false as const,
      inputHash: key.slice(0, 32),
    };
    return { ...read, ...about };
  };
  const scoreOrSkip = async (inputs: readonly ScoringInput[]): Promise<(Score | Unscored)[]> => {
    const scores: (Score | Unscored)[] = new Array(inputs.length);
    const first = new Map(inputs.map((input, index) => [rubricPrompt(rules, input), index]));
    const waiting = first.values();
    let failed = false;
    const worker = async () => {
      for (const index of waiting) {
        if (failed) return;
        context.signal.throwIfAborted();
        try {
          scores[index] = await judge(inputs[index]!);
        } catch (cause) {
          failed = true;
          throw cause;
        }
      }
    };
    const ends = await Promise.allSettled(Array.from({ length: settings.concurrency }, worker));
    for (const end of ends) if (end.status === "rejected") throw end.reason;
    return inputs.map((input) => scores[first.get(rubricPrompt(rules, input))!]!);
  };

  return {
    rewardKey: judgeKey(model, config),
    get facts() {
      return { runtime: "judge", ...chat.facts, ...rules, scale: [...rules.scale], usage: budget.usage };
    },
    async announce(inputs) {
      const expected = new CostForecast(pricing);
      const seen = new Set<string>();
      for await (const input of inputs) {
        const prompt = rubricPrompt(rules, input);
        const key = keyOf(prompt);
        if (known.has(key) || seen.has(key)) continue;
        seen.add(key);
        expected.add(1, pricing.count(prompt), ANSWER_TOKENS);
      }
      const { requests, promptTokens, cost } = expected.estimate("scores");
      if (requests === 0) return;
      const words = cost === null ? "at a price that is not known" : `about ${dollars(cost)}`;
      context.say(`${requests} texts to judge by ${model}, ${promptTokens} tokens asked: ${words}`);
      if (cost !== 0 && !(await context.confirm({ cost })))
        throw inputError("not confirmed: nothing was asked");
    },
    scoreOrSkip,
    async score(inputs) {
      const scores = await scoreOrSkip(inputs);
      return scores.map((score, index) => {
        if ("reward" in score) return score;
        const response = JSON.stringify(inputs[index]!.response.slice(0, 60));
        throw workError(`the judge ${model} gives no score for the response ${response}: ${score.detail}`);
      });
    },
    async dispose() {
      if (budget.usage.requests > 0) context.say(usageText(`judge ${model}`, budget.usage));
      for (const other of left) await project.seal(other);
      if (!journal) return;
      await (await journal).close();
      await project.seal(path);
    },
  };
}

function scoreIn(
  rules: JudgeRules,
  answer: JudgeAnswer | Unanswered,
): { readonly reward: number } | { readonly missing: string; readonly detail: string } {
  if ("rejected" in answer) return { missing: "rejected", detail: answer.rejected };
  if ("failed" in answer) return { missing: "failed", detail: answer.failed };
  return readScore(rules, answer);
}

function keyOf(prompt: string): string {
  return createHash("sha256").update(prompt).digest("hex");
}
