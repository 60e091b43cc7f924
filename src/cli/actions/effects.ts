import { resolve } from "node:path";
import type { Config, EffectsConfig } from "../../domain/config/schema.js";
import { inputError } from "../../domain/errors.js";
import type { EffectsFile } from "../../estimation/files/effects-file.js";
import { inferenceOf, list, nameFromFile } from "../../estimation/stage/choices.js";
import { type EstimateWork, estimate, estimateFile, type Inference } from "../../estimation/stage/effects.js";
import { keysIn } from "../../storage/examples/scored.js";
import { labelsByName, labelsOf } from "../../study/labels.js";
import { type CommandContext, openCommandContext, stampNow } from "../command-context.js";
import type { EffectsFlags } from "../commands/effects.js";
import { readConfig } from "../settings.js";
import { print, printJson } from "../terminal/print.js";
import { comparisonText, resultText, studyText } from "../terminal/results.js";

/** `rate effects` */
export async function run(flags: EffectsFlags): Promise<void> {
  const commandContext = await openCommandContext(flags.projectDir);
  const config = flags.config === undefined ? undefined : await readConfig(flags.config);
  const block = config?.effects;
  const inference = inferenceOf({ ...block, ...withoutUndefined(flags) });
  const datasets = flags.dataset ?? [await scoredOf(config, commandContext, flags.config)];
  if (flags.compare?.length === 1) throw inputError("--compare: expected two reward keys or more, found one");
  const keys =
    flags.rewardKey ?? flags.compare ?? (block?.reward_key === undefined ? [] : [block.reward_key]);
  if (datasets.length > 1 || keys.length > 1 || keys[0] === "all")
    return study(flags, datasets, keys, inference, commandContext);

  const work: EstimateWork = {
    scored: datasets[0]!,
    rewardKey: keys[0] ?? null,
    textKeys: textKeysOf(block),
    dataset: block?.dataset_name ?? null,
    concept: flags.concept?.[0] ?? block?.concept ?? null,
    score: block?.score ?? null,
    inference,
  };
  const labelled = { ...work, labels: await labelsFor(work, config) };
  const { result, path } = await estimateAndWrite(labelled, flags, config, commandContext);
  if (flags.json) return printJson({ ...(path !== null && { file: path }), ...result.effects });
  const source = config ? `From ${work.scored}\n` : "";
  print(`${source}${resultText(result.effects, flags)}${path === null ? "" : `\nWritten to ${path}`}`);
}

async function estimateAndWrite(
  work: EstimateWork,
  flags: EffectsFlags,
  config: Config | undefined,
  { project }: CommandContext,
) {
  if (flags.output === undefined && config) {
    const stamp = { timestamp: stampNow(), smokeTest: config.smoke_test };
    const names = {
      dataset: work.dataset ?? nameFromFile(work.scored),
      concept: work.concept ?? "attribute",
    };
    const score = work.score ?? work.rewardKey ?? "model";
    const { path, ...result } = await estimateFile({ ...work, ...names, score }, { project, stamp });
    return { result, path };
  }
  const result = await estimate(work);
  if (flags.output === undefined) return { result, path: null };
  const path = resolve(flags.output);
  await project.writeJson(path, result.effects);
  return { result, path };
}

/** Several data sets or reward models in one call: each by itself, and all judged together. */
async function study(
  flags: EffectsFlags,
  datasets: readonly string[],
  keys: readonly string[],
  inference: Inference,
  { project }: CommandContext,
): Promise<void> {
  if (flags.concept && flags.concept.length !== 1 && flags.concept.length !== datasets.length) {
    throw inputError(
      `--concept: expected one, or one for each of the ${datasets.length} data sets, found ${flags.concept.length}`,
    );
  }
  const renamed = new Map((flags.rename ?? []).map(pairOf));
  const works: EstimateWork[] = [];
  for (const [index, scored] of datasets.entries()) {
    const present = [...(await keysIn(scored))];
    const wanted =
      keys.length === 0 || keys[0] === "all"
        ? present
        : present.filter((key) => keys.includes(renamed.get(key) ?? key));
    if (wanted.length === 0) {
      throw inputError(
        `${scored}: has none of the reward keys ${keys.join(", ")}\nreward keys in the file: ${present.join(", ") || "none"}`,
      );
    }
    const concept = flags.concept ? (flags.concept[index] ?? flags.concept[0]!) : null;
    const names = { dataset: nameFromFile(scored), concept, score: null };
    for (const rewardKey of wanted)
      works.push({ scored, rewardKey, ...names, labels: labelsByName(names), inference });
  }
  const { studyOf } = await import("../../estimation/stage/studies.js");
  const result = await studyOf(works, renamed);
  if (flags.output !== undefined) await project.writeJson(resolve(flags.output), result);
  if (flags.json) return printJson(result);
  const compared = flags.compare ? [`\n${comparisonText(result, flags.compare)}`] : [];
  print(
    `${[studyText(result, flags), ...compared].join("\n")}${flags.output === undefined ? "" : `\nWritten to ${resolve(flags.output)}`}`,
  );
}

/** How the attribute calls its two values: by the configuration's template, else by the names. */
async function labelsFor(
  work: Pick<EstimateWork, "dataset" | "concept">,
  config: Config | undefined,
): Promise<EffectsFile["labels"]> {
  if (config?.rewrites) {
    const { datasetsOf } = await import("../../study/plan.js");
    // A template that is gone by now is no reason to go without estimates.
    const jobs = await datasetsOf(config.rewrites).catch(() => []);
    const own =
      jobs.find(({ template }) => template.name === work.dataset) ?? (jobs.length === 1 ? jobs[0] : null);
    if (own) return labelsOf(own.template);
  }
  return labelsByName(work);
}

function pairOf(text: string): [string, string] {
  const at = text.lastIndexOf("=");
  if (at <= 0 || at === text.length - 1) throw inputError(`--rename: expected OLD=NEW, found ${text}`);
  return [text.slice(0, at), text.slice(at + 1)];
}

function textKeysOf(block: EffectsConfig | undefined): EstimateWork["textKeys"] {
  return {
    ...(block?.w_original_key !== undefined && { original: block.w_original_key }),
    ...(block?.w_counterfactual_key !== undefined && { rewrite: block.w_counterfactual_key }),
    ...(block?.w_rewritten_rewrite_key !== undefined && { rewriteOfRewrite: block.w_rewritten_rewrite_key }),
  };
}

/** The flags that have a twin in the configuration, by the names there; what was not given is left out. */
function withoutUndefined(flags: EffectsFlags): Partial<EffectsConfig> {
  const { stderr, ci, level, clusterBy: cluster_by, bootstrap, seed, by, humanKey: human_key } = flags;
  const { negligible, sensitivity, reference } = flags;
  const given = {
    ...{ stderr, ci, level, cluster_by, bootstrap, seed, by, human_key },
    ...{ negligible, sensitivity, reference },
  };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}

async function scoredOf(
  config: Config | undefined,
  { project }: CommandContext,
  file: string | undefined,
): Promise<string> {
  if (!config)
    throw inputError("nothing to estimate from: give --config FILE, or --dataset FILE (see --help)");
  const { effects: block, scoring, rewrites } = config;
  if (!block) throw inputError(`${file}: has no effects block`);
  const { newestScored } = await import("../../storage/project/newest.js");
  return newestScored(project, {
    folder: block.dataset_folder ?? null,
    filename: block.dataset_filename ?? null,
    dataset: block.dataset_name ?? scoring?.dataset_name ?? list(rewrites?.dataset_name)[0] ?? null,
    score: block.score ?? null,
    smokeTest: config.smoke_test,
  });
}
