import { join, resolve } from "node:path";
import type { Config, EffectsConfig } from "../../config/schema.js";
import { inputError } from "../../domain/errors.js";
import { inferenceOf, list } from "../../pipeline/choices.js";
import { type EstimateWork, estimate, estimateFile } from "../../pipeline/effects.js";
import { print, printJson } from "../print.js";
import { readConfig } from "../settings.js";
import { resultText } from "../tables.js";
import { openWorkplace, stampNow, type Workplace } from "../workplace.js";

interface EffectsFlags {
  readonly config?: string;
  readonly dataset?: string;
  readonly rewardKey?: string;
  readonly output?: string;
  readonly stderr?: EffectsConfig["stderr"];
  readonly ci?: EffectsConfig["ci"];
  readonly level?: number;
  readonly clusterBy?: string;
  readonly projectDir?: string;
  readonly json?: boolean;
}

/** `rate effects` */
export async function effects(flags: EffectsFlags): Promise<void> {
  const workplace = await openWorkplace(flags.projectDir);
  const { project } = workplace;
  const config = flags.config === undefined ? undefined : await readConfig(flags.config);
  const work = await workOf(flags, config, workplace);
  let result = await estimate(work);
  let path: string | null = null;
  if (flags.output !== undefined) {
    path = resolve(flags.output);
    await project.writeJson(path, result.effects);
  } else if (config) {
    const names = {
      dataset: work.dataset ?? "dataset",
      concept: work.concept ?? "attribute",
      score: work.score ?? result.effects.reward_key,
    };
    const stamp = { timestamp: stampNow(), smokeTest: config.smoke_test };
    const written = await estimateFile({ ...work, ...names }, { project, stamp });
    result = written;
    path = written.path;
  }
  if (flags.json) return printJson({ ...(path !== null && { file: path }), ...result.effects });
  const source = config ? `From ${work.scored}\n` : "";
  print(`${source}${resultText(result.effects)}${path === null ? "" : `\nWritten to ${path}`}`);
}

async function workOf(
  flags: EffectsFlags,
  config: Config | undefined,
  workplace: Workplace,
): Promise<EstimateWork> {
  const block = config?.effects;
  if (!config && flags.dataset === undefined)
    throw inputError("nothing to estimate from: give --config FILE, or --dataset FILE (see --help)");
  const given = inferenceOf(block);
  const textKeys = {
    ...(block?.w_original_key !== undefined && { original: block.w_original_key }),
    ...(block?.w_counterfactual_key !== undefined && { rewrite: block.w_counterfactual_key }),
    ...(block?.w_rewritten_rewrite_key !== undefined && { rewriteOfRewrite: block.w_rewritten_rewrite_key }),
  };
  return {
    scored: flags.dataset ?? (await scoredFileOf(config!, workplace, flags.config!)),
    rewardKey: flags.rewardKey ?? block?.reward_key ?? null,
    textKeys,
    dataset: block?.dataset_name ?? null,
    concept: block?.concept ?? null,
    score: block?.score ?? null,
    inference: {
      standardError: flags.stderr ?? given.standardError,
      interval: flags.ci ?? given.interval,
      level: flags.level ?? given.level,
      clusterBy: flags.clusterBy ?? given.clusterBy,
    },
  };
}

/** The scored file that a config names, or the newest that fits. */
async function scoredFileOf(config: Config, { project }: Workplace, file: string): Promise<string> {
  const block = config.effects;
  if (!block) throw inputError(`${file}: has no effects block`);
  const folder = project.path("data", "scored", ...(block.dataset_folder ? [block.dataset_folder] : []));
  if (block.dataset_filename) return join(folder, block.dataset_filename);
  const dataset =
    block.dataset_name ?? config.scoring?.dataset_name ?? list(config.rewrites?.dataset_name)[0];
  if (dataset === undefined)
    throw inputError(`${file}: effects: name the data set (dataset_name) or the file (dataset_filename)`);
  const start = block.score === undefined ? `${dataset}_` : `${dataset}_${block.score}_`;
  const fits = (name: string) =>
    name.startsWith(start) &&
    name.endsWith(".jsonl") &&
    name.includes("_scored_") &&
    name.includes("_smoke_test") === config.smoke_test;
  return project.newest(folder, fits, `${config.smoke_test ? "smoke test's " : ""}scored file of ${dataset}`);
}
