import { createHash, randomUUID } from "node:crypto";
import { basename } from "node:path";
import type { JudgeConfig } from "../../domain/config/schema.js";
import { inputError, workError } from "../../domain/errors.js";
import type { RewardModel, Score, ScoringInput } from "../../domain/reward-model.js";
import type { TokenUsage } from "../../domain/rewriter.js";
import { Budget, CostForecast, pricingOf, SpendingLimit, usageText } from "../../language-models/budget.js";
import { openChat } from "../../language-models/client.js";
import type { ChatAnswer } from "../../language-models/completion.js";
import { dollars } from "../../language-models/prices.js";
import { chatChoice, judgeSettings } from "../../language-models/settings.js";
import type { Context } from "../../storage/project/context.js";
import { Journal, openForeign } from "../../storage/project/journal.js";
import { type JudgeRules, RUBRIC, readScore, rubricPrompt, scoresOf } from "../judge.js";

/** Alternatives that are asked for: as many as OpenAI gives, so that all scores are among them. */
const TOP_LOGPROBS = 20;
/** Tokens of an answer, at most, where the configuration does not say. */
const ANSWER_LIMIT = 16;
/** Tokens of an answer, for the estimate. */
const ANSWER_TOKENS = 3;

/** One answer, as the journal keeps it. */
interface JudgeAnswer extends Pick<ChatAnswer, "text" | "logprobs"> {
  readonly key: string;
  readonly prompt: string;
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

/**
 * Opens a language model as a reward model. Answers are on the disk before they count; what any run of the project has been answered is not asked again.
 */
export async function openJudge(name: string, config: JudgeConfig, context: Context): Promise<RewardModel> {
  const { project, stamp, environment } = context;
  const model = config.model ?? name;
  const rules = judgeRules(config);
  const settings = judgeSettings({
    chat: { maxCompletionTokens: ANSWER_LIMIT, ...chatChoice(config), model },
    environment,
    say: context.say,
  });
  const { prices, max_cost: limit } = config;
  const pricing = await pricingOf(settings, { prices, inBatches: false, limit, where: "scoring: judge" });
  const budget = new Budget(pricing, new SpendingLimit(limit ?? null));
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
      known.set(answer.key, { ...answer, prompt: "" });
      budget.add({ ...answer, reused: !ofThisRun });
    }
  }
  // Each process has a journal of its own: the shards of a run share its name and may run at once.
  const path = project.judgeJournal(`${name}_scores_${randomUUID().slice(0, 8)}`, stamp);
  let journal: Promise<Journal<JudgeAnswer>> | null = null;

  const ask = async (prompt: string, key: string): Promise<JudgeAnswer> => {
    const release = budget.reserve([prompt], ANSWER_TOKENS);
    try {
      const choices = rules.score === "parsed" ? { choices: scoresOf(rules) } : { topLogprobs: TOP_LOGPROBS };
      const reply = await chat.ask({ prompt, ...choices }, context.signal);
      if ("rejected" in reply)
        throw workError(`the judge rejects a request: ${reply.rejected}; what has been judged is kept`);
      const { text, usage, logprobs } = reply;
      const answer = {
        ...{ key, prompt, text, model: reply.model },
        ...(usage && { usage }),
        ...(logprobs && { logprobs: logprobs.slice(0, 1) }),
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
  const judge = async (input: ScoringInput): Promise<Score> => {
    const prompt = rubricPrompt(rules, input);
    const key = keyOf(prompt);
    const answer = known.get(key) ?? (await ask(prompt, key));
    const found = readScore(rules, answer);
    if ("missing" in found)
      throw workError(
        `the judge ${model} gives no score for the response ${JSON.stringify(input.response.slice(0, 60))}: ${found.missing}; what has been judged is kept`,
      );
    return {
      reward: found.reward,
      tokens: answer.usage?.promptTokens ?? 0,
      truncated: false,
      inputHash: key.slice(0, 32),
    };
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
      const { requests, promptTokens, cost } = expected.estimate("judgements");
      if (requests === 0) return;
      const words = cost === null ? "at a price that is not known" : `about ${dollars(cost)}`;
      context.say(`${requests} texts to judge by ${model}, ${promptTokens} tokens asked: ${words}`);
      if (cost !== 0 && !(await context.confirm({ cost })))
        throw inputError("not confirmed: nothing was asked");
    },
    async score(inputs) {
      const scores: Score[] = new Array(inputs.length);
      const first = new Map(inputs.map((input, index) => [rubricPrompt(rules, input), index]));
      const waiting = first.values();
      const worker = async () => {
        for (const index of waiting) {
          context.signal.throwIfAborted();
          scores[index] = await judge(inputs[index]!);
        }
      };
      const ends = await Promise.allSettled(Array.from({ length: settings.concurrency }, worker));
      for (const end of ends) if (end.status === "rejected") throw end.reason;
      return inputs.map((input) => scores[first.get(rubricPrompt(rules, input))!]!);
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

function keyOf(prompt: string): string {
  return createHash("sha256").update(prompt).digest("hex");
}
