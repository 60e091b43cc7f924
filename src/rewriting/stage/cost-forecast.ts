import { JUDGEMENT_TOKENS, judgePrompt, type KnownLabel } from "../../datasets/loading/label.js";
import type { Attribute } from "../../domain/attribute.js";
import type { Example } from "../../domain/example.js";
import type { ScoringInput } from "../../domain/reward-model.js";
import type { RewriteOutcome, RewriteRequest } from "../../domain/rewriter.js";
import { CostForecast, type Estimate } from "../../language-models/forecast.js";
import type { ModelPricing } from "../../language-models/pricing.js";
import type { PaidModels } from "./accounts.js";
import type { HeldRequests } from "./batches.js";
import type { EarlierAnswers } from "./reuse.js";
import { type Asked, type Examples, openRequests } from "./rewrite.js";

/** A language model that is to score the texts, as far as its cost goes. */
export interface ScoringForecast {
  readonly pricing: ModelPricing;
  promptOf(input: ScoringInput): string;
  readonly answerTokens: number;
}

/** What there is to be rewritten and judged, and what need not be asked for any more. */
export interface Planned extends Asked {
  readonly attribute: Attribute;
  readonly examples: Examples;
  readonly earlier: EarlierAnswers;
  /** What a provider works on already. */
  readonly held: HeldRequests;
  readonly known: KnownLabel;
  /** Whether the judge is asked about the originals, and not about their rewrites alone. */
  readonly judgesOriginals: boolean;
}

/**
 * What is still to be asked for a data set, and of those who score it. Texts that are not there yet are taken to be as
 * long as those that they will be made from, in prompts and answers.
 */
export async function estimatesOf(
  planned: Planned,
  { rewriter, judge }: PaidModels,
  scorers: readonly ScoringForecast[] = [],
): Promise<Estimate[]> {
  const scores = scorers.map((scorer) => ({ ...scorer, forecast: new CostForecast(scorer.pricing) }));
  const rewrites = rewriter && new CostForecast(rewriter);
  const judgements = judge && new CostForecast(judge);
  const overhead = rewriter?.count(planned.promptOf("rewrite", "", true)) ?? 0;
  for await (const example of planned.examples) {
    const { open, texts } = await planOf(example, planned);
    for (const { prompt, times } of rewrites ? open : []) {
      const tokens = rewriter!.count(prompt);
      rewrites!.add(times, tokens, Math.max(1, tokens - overhead));
    }
    for (const text of scores.length > 0
      ? [example.response, ...texts, ...placeboOf(planned, example)]
      : []) {
      const input = { prompt: example.prompt, response: text ?? example.response };
      for (const { pricing, promptOf, answerTokens, forecast } of scores)
        forecast.add(1, pricing.count(promptOf(input)), answerTokens);
    }
    const originals = planned.judgesOriginals ? [example.response] : [];
    for (const text of judgements ? [...originals, ...texts] : []) {
      const input = { prompt: example.prompt, response: text ?? example.response };
      if (text !== null && planned.known(input) !== undefined) continue;
      judgements!.add(1, judge!.count(judgePrompt(planned.attribute, input)), JUDGEMENT_TOKENS);
    }
  }
  return [
    rewrites?.estimate("rewrites"),
    judgements?.estimate("judgements"),
    ...scores.map(({ forecast }) => forecast.estimate("scores")),
  ].filter((estimate) => estimate !== undefined);
}

/** A placebo is about as long as its text. */
function placeboOf({ placebo }: Planned, { response }: Example): string[] {
  return placebo ? [response] : [];
}

/** What an example still needs. */
interface ExamplePlan {
  /** Prompts to be sent, and how often one of that length is: a second rewrite's is not known before the first. */
  readonly open: { readonly prompt: string; readonly times: number }[];
  /** Its rewrites to be judged; null for one that is not there yet. */
  readonly texts: (string | null)[];
}

async function planOf(example: Example, planned: Planned): Promise<ExamplePlan> {
  const { answers, earlier, promptOf } = planned;
  const plan: ExamplePlan = { open: [], texts: [] };
  const take = (outcome: RewriteOutcome | null) => {
    if (outcome?.status === "ok") plan.texts.push(outcome.text);
  };
  /** Takes what earlier runs were answered; null where the request is to be sent. */
  const atHand = async (request: RewriteRequest, times: number) => {
    const outcome = (await earlier.find(request))?.outcome ?? null;
    // Of one that a batch holds, the second rewrite is still to be asked.
    const open = planned.held.has(request) ? times - 1 : times;
    if (!outcome && open > 0) plan.open.push({ prompt: request.prompt, times: open });
    if (request.step === "placebo") return outcome;
    if (outcome) take(outcome);
    else plan.texts.push(...new Array<null>(times).fill(null));
    return outcome;
  };
  for (const step of ["rewrite", "rewriteOfRewrite"] as const) take(await answers.outcome(example.id, step));
  for (const request of await openRequests(example, planned)) {
    const outcome = await atHand(request, request.step === "rewrite" ? 2 : 1);
    if (request.step !== "rewrite" || outcome?.status !== "ok") continue;
    const { text } = outcome;
    const target = example.treated;
    const prompt = promptOf("rewriteOfRewrite", text, target);
    await atHand({ ...request, step: "rewriteOfRewrite", text, target, prompt }, 1);
  }
  return plan;
}
