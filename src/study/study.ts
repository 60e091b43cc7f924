import { rm } from "node:fs/promises";
import type { Head } from "../domain/recipe.js";
import type { RewardModel } from "../domain/reward-model.js";
import type { Shard } from "../domain/shard.js";
import type { EffectsFile } from "../estimation/files/effects-file.js";
import { estimateFile, type Inference } from "../estimation/stage/effects.js";
import { openAllAccounts } from "../rewriting/stage/accounts.js";
import type { ScoringForecast } from "../rewriting/stage/cost-forecast.js";
import { createDataset } from "../rewriting/stage/create-dataset.js";
import type { DatasetJob } from "../rewriting/stage/dataset-job.js";
import { scoreFile } from "../scoring/stage/score.js";
import { unscoredText } from "../scoring/stage/unscored.js";
import type { Context } from "../storage/project/context.js";
import type { Manifest } from "../storage/project/manifest.js";
import { exists } from "../storage/project/project.js";
import { labelsOf } from "./labels.js";

/** A reward's name in file names, and the key under which it is stored. */
export type NamedReward = Pick<Head, "name" | "rewardKey">;

/** A reward model to score with: its name in file names, and how it is opened when it is needed. */
export interface ModelJob {
  readonly name: string;
  /** What decides its scores, as plain text: for recognising a run. */
  readonly description: string;
  /** The key under which its rewards are stored. */
  readonly rewardKey: string;
  /** All rewards of one pass, that one first; absent, there is one. */
  readonly heads?: readonly NamedReward[];
  /** Equal for jobs that read different outputs of the same pass. */
  readonly shares?: string;
  /** What it will be asked about a text and cost; absent where nobody is paid. Throws when a limit cannot be kept. */
  forecast?(context: Pick<Context, "environment" | "ledger">): Promise<ScoringForecast>;
  open(context: Context): Promise<RewardModel>;
}

/** The rewards that a job gives. */
export function rewardsOf({ name, rewardKey, heads }: ModelJob): readonly NamedReward[] {
  return heads ?? [{ name, rewardKey }];
}

/** What a whole run does: every data set, scored by every reward model. */
export interface Study {
  readonly datasets: readonly DatasetJob[];
  readonly models: readonly ModelJob[];
  readonly inference: Inference;
}

/** One data set under one reward model. */
export interface StudyResult {
  readonly dataset: DatasetJob;
  readonly model: string;
  readonly rewrites: string;
  readonly scored: string;
  readonly effects: EffectsFile;
  /** The effects file. */
  readonly path: string;
}

/**
 * Runs a study. Stages whose files are there already are skipped, so a run that was broken off goes on where it was.
 * The scored file of each model builds on that of the model before, so the last one holds the rewards of all. All who
 * are paid have their accounts opened before anyone is asked, so that prices are known and what was paid before
 * counts.
 */
export async function runStudy(study: Study, context: Context): Promise<StudyResult[]> {
  const models = new OpenModels(context);
  const results: StudyResult[] = [];
  try {
    const accounts = await openAllAccounts(study.datasets, context);
    await models.openPaid(study.models);
    for (const [index, dataset] of study.datasets.entries()) {
      const rewrites = await createDataset(dataset, context, accounts[index]);
      let input = rewrites;
      for (const job of study.models) {
        const scored = await scoreWith({ dataset: dataset.template.name, input, job, models }, context);
        for (const { name, rewardKey } of rewardsOf(job)) {
          const { effects, path } = await estimateFile(
            {
              scored,
              rewardKey,
              dataset: dataset.template.name,
              concept: conceptOf(dataset),
              score: name,
              labels: labelsOf(dataset.template),
              inference: study.inference,
            },
            context,
          );
          results.push({ dataset, model: rewardKey, rewrites, scored, effects, path });
        }
        input = scored;
      }
    }
  } finally {
    await models.dispose();
  }
  return results;
}

export interface ScoreJob {
  /** The data set's name in file names. */
  readonly dataset: string;
  /** Rewrites or scored file. */
  readonly input: string;
  readonly job: ModelJob;
  readonly models: OpenModels;
  /** The part of the data set that is scored here. */
  readonly shard?: Shard | undefined;
  /** Whether the input holds that part alone already. */
  readonly isCut?: boolean;
}

/** Scores a file with one model, unless an earlier try has finished that; returns the scored file's path. */
export async function scoreWith(
  { dataset, input, job, models, shard, isCut = false }: ScoreJob,
  context: Context,
): Promise<string> {
  const { project, stamp } = context;
  const output = project.scored(dataset, job.name, stamp, shard);
  const journal = project.scoreJournal(dataset, job.name, stamp, shard);
  if (await exists(output)) {
    await rm(journal, { force: true });
    return output;
  }
  const model = await models.get(job);
  const template = project.scoredTemplate(dataset, job.name, stamp, shard);
  const result = await scoreFile(
    {
      names: { dataset, model: job.name },
      input,
      output,
      template,
      journal,
      model,
      shard: isCut ? undefined : shard,
    },
    context,
  );
  const cut = result.truncated > 0 ? `, ${result.truncated} texts cut to fit` : "";
  const filled = result.paddingPercent === null ? "" : `, ${result.paddingPercent.toFixed(1)} % padding`;
  context.say(`${dataset}: ${result.scored} examples scored by ${model.rewardKey}${cut}${filled}`);
  const unscored = unscoredText(result.unscored);
  if (unscored !== null) context.say(`${dataset}: ${model.rewardKey}: ${unscored}`);
  if (result.constant !== null)
    context.say(
      `warning: ${model.rewardKey} gives every text the same reward, ${result.constant}: is its output the right one, and is the input? See rate score --check`,
    );
  return output;
}

/**
 * Reward models, each opened once however many data sets it scores; one that needs the machine for itself is closed
 * before the next is opened.
 */
export class OpenModels {
  private readonly open = new Map<string, Promise<RewardModel>>();
  private readonly passes = new Map<string, string | undefined>();

  constructor(private readonly context: Context) {}

  get(job: ModelJob): Promise<RewardModel> {
    let model = this.open.get(job.name);
    if (!model) {
      model = this.closeExclusive(job.shares).then(() => job.open(this.context));
      this.open.set(job.name, model);
      this.passes.set(job.name, job.shares);
    }
    return model;
  }

  /** Opens those that are paid, which counts what they have cost before. */
  async openPaid(jobs: readonly ModelJob[]): Promise<void> {
    for (const job of jobs) if (job.forecast) await this.get(job);
  }

  /** Closes what takes up the machine, but for the models of one pass. */
  private async closeExclusive(pass: string | undefined): Promise<void> {
    for (const [name, opened] of [...this.open]) {
      if (pass !== undefined && this.passes.get(name) === pass) continue;
      const model = await opened.catch(() => null);
      if (!model?.exclusive) continue;
      this.open.delete(name);
      await model.dispose();
    }
  }

  async dispose(): Promise<void> {
    const models = await Promise.allSettled(this.open.values());
    await Promise.all(models.map((model) => model.status === "fulfilled" && model.value.dispose()));
  }
}

/** The attribute that a data set is about. */
export function conceptOf({ template }: DatasetJob): string {
  return typeof template.attribute === "string" ? template.attribute : template.attribute.name;
}

/** The estimates as a run's record keeps them. */
export function estimatesNote(effects: EffectsFile): Manifest["manifest"]["estimates"] {
  const { dataset_name: dataset, concept, reward_key } = effects;
  return effects.estimates.map(
    ({ estimator, estimand, value, stderr, effect_size, effect_size_stderr, n }) => ({
      ...{ dataset, concept, reward_key, estimator, estimand },
      ...{ value, stderr, effect_size, effect_size_stderr, n },
    }),
  );
}
