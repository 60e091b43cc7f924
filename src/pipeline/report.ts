import type { TopLevelSpec } from "vega-lite";
import { isObject, readStored, type StoredExample } from "../datasets/stored.js";
import { TEXT_KEYS } from "../domain/example.js";
import type { EffectsFile } from "../estimators/effects-file.js";
import { renderSvg } from "../rendering/svg.js";
import { estimatesFigure, truthFigure } from "../report/figure.js";
import { reportHtml } from "../report/html.js";
import type { ExampleView, TruthCheck } from "../report/model.js";
import type { Context } from "./context.js";

/** A result and the scored file that it is from. */
export interface ReportedResult {
  readonly effects: EffectsFile;
  readonly scored: string;
}

export interface ReportWork {
  readonly title: string;
  readonly results: readonly ReportedResult[];
  readonly truth: TruthCheck | null;
}

/** Writes the report and its figures. Returns their paths, the report's first. */
export async function writeReport(work: ReportWork, context: Context): Promise<string[]> {
  const { project, stamp, version } = context;
  const estimates = estimatesFigure(work.results.map(({ effects }) => effects));
  const specs = { estimates, truth: work.truth && truthFigure(work.truth) };
  const figures = { estimates: await inPage(specs.estimates), truth: await inPage(specs.truth) };
  const made: string[] = [];
  for (const [name, spec] of Object.entries(specs)) {
    if (spec === null) continue;
    const path = project.plot(name, stamp);
    await project.write(path, await renderSvg(spec));
    made.push(path);
  }
  const results = [];
  for (const { effects, scored } of work.results) {
    results.push({ effects, examples: await pickExamples(scored, effects.reward_key) });
  }
  const { title, truth } = work;
  const html = reportHtml({ title, timestamp: stamp.timestamp, version, results, truth }, figures);
  await project.write(project.report, html);
  return [project.report, ...made];
}

/** A figure as it stands in the page, which has fonts of its own. */
async function inPage(spec: TopLevelSpec | null): Promise<string | null> {
  return spec && renderSvg(spec, { fonts: false });
}

/** A few telling examples: the largest effects in both directions, a failed flip, and one of each arm as they come. */
async function pickExamples(scored: string, rewardKey: string): Promise<ExampleView[]> {
  const picks = new Map<string, { view: ExampleView; rank: number }>();
  const offer = (why: string, rank: number, view: ExampleView) => {
    const held = picks.get(why);
    if (!held || rank > held.rank) picks.set(why, { view: { ...view, why }, rank });
  };
  for await (const example of readStored(scored)) {
    const view = viewOf(example, rewardKey);
    if (!view) continue;
    const { rewrite, rewriteOfRewrite } = view.rewards;
    const difference = view.treated ? rewriteOfRewrite - rewrite : rewrite - rewriteOfRewrite;
    offer("the largest effect", difference, view);
    offer("the largest effect the other way", -difference, view);
    if (example.record.w_rewrite === view.treated) offer("a flip that failed", 0, view);
    offer(view.treated ? "the first with w = 1" : "the first with w = 0", 0, view);
  }
  const seen = new Set<string>();
  return [...picks.values()].map(({ view }) => view).filter(({ id }) => !seen.has(id) && seen.add(id));
}

function viewOf(
  { id, record, reward_question, completions }: StoredExample,
  rewardKey: string,
): ExampleView | null {
  const rewards = record[rewardKey];
  const {
    [TEXT_KEYS.original]: original,
    [TEXT_KEYS.rewrite]: rewrite,
    [TEXT_KEYS.rewriteOfRewrite]: second,
  } = completions;
  if (!isObject(rewards) || original === undefined || rewrite === undefined || second === undefined)
    return null;
  const reward = (key: string) => rewards[key] as number;
  return {
    id,
    treated: record.w_original === true || record.w_original === 1,
    prompt: reward_question,
    texts: { original, rewrite, rewriteOfRewrite: second },
    rewards: {
      original: (rewards[TEXT_KEYS.original] as number | undefined) ?? null,
      rewrite: reward(TEXT_KEYS.rewrite),
      rewriteOfRewrite: reward(TEXT_KEYS.rewriteOfRewrite),
    },
    why: "",
  };
}
