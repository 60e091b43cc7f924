import { resolve } from "node:path";
import type { Config, EffectsConfig } from "../../domain/config/schema.js";
import { inputError } from "../../domain/errors.js";
import type { EffectsFile } from "../../estimation/files/effects-file.js";
import { inferenceOf, list, nameFromFile } from "../../estimation/stage/choices.js";
import { type EstimateWork, estimate, type Inference } from "../../estimation/stage/effects.js";
import { keysIn } from "../../storage/examples/scored.js";
import { type CommandContext, openCommandContext } from "../command-context.js";
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
  if (flags.compare?.length === 1) throw inputError("--compare: expected two reward keys or more, found one");
  const keys = flags.rewardKey ?? flags.compare ?? list(block?.reward_key);
  const isStudy = keys.length > 1 || keys[0] === "all";
  const textKeys = textKeysOf(block);
  if (flags.dataset) {
    if (isStudy || flags.dataset.length > 1)
      return study(flags, flags.dataset, keys, inference, commandContext);
    const named = { dataset: block?.dataset_name ?? null, score: block?.score ?? null };
    const concept = flags.concept?.[0] ?? block?.concept ?? null;
    const scored = flags.dataset[0]!;
    const labels = await labelsOfWork({ ...named, concept }, config);
    return single(
      { ...named, scored, concept, labels, rewardKey: keys[0] ?? null, textKeys, inference },
      flags,
      commandContext,
    );
  }
  if (!config)
    throw inputError("nothing to estimate from: give --config FILE, or --dataset FILE (see --help)");
  const wanted = { ...block, ...(keys.length === 1 && { reward_key: keys[0] }) };
  // What a call without a configuration does not need is not loaded.
  const { effectsTasks } = await import("../../study/stages.js");
  const tasks = await effectsTasks(
    { ...config, ...(block && { effects: wanted }) },
    commandContext.project,
    flags.config!,
  );
  // The file of the last model holds the rewards of those before.
  if (isStudy) return study(flags, lastOfEach(tasks), keys, inference, commandContext);
  const folder = block?.dataset_folder ?? null;
  const works = await Promise.all(
    tasks.map(async (task) => {
      const named = { ...task, concept: flags.concept?.[0] ?? task.concept };
      return { ...named, labels: await labelsOfWork(named, config), textKeys, folder, inference };
    }),
  );
  if (flags.output === undefined) return inProject(works, flags, config, commandContext);
  if (works.length === 1) return single(works[0]!, flags, commandContext);
  return writeStudy(works, new Map(), flags, commandContext);
}

/** One file under one reward model; written where the call says. */
async function single(work: EstimateWork, flags: EffectsFlags, { project }: CommandContext): Promise<void> {
  const { effects } = await estimate(work);
  const path = flags.output === undefined ? null : resolve(flags.output);
  if (path !== null) await project.writeJson(path, effects);
  if (flags.json) return printJson({ ...(path !== null && { file: path }), ...effects });
  print(`${resultText(effects, flags)}${path === null ? "" : `\nWritten to ${path}`}`);
}

/** The results of a configuration, each written to the project, as a run of it. */
async function inProject(
  works: readonly (EstimateWork & { readonly dataset: string })[],
  flags: EffectsFlags,
  config: Config,
  commandContext: CommandContext,
): Promise<void> {
  const { estimateWorks } = await import("../../study/stage-runs.js");
  const results = await estimateWorks(works, config, commandContext);
  if (flags.json) {
    const files = results.map(({ path, effects }) => ({ file: path, ...effects }));
    return printJson(files.length === 1 ? files[0] : { results: files });
  }
  const texts = results.map(
    ({ scored, path, effects }) => `From ${scored}\n${resultText(effects, flags)}\nWritten to ${path}`,
  );
  print(texts.join("\n\n"));
}

function lastOfEach(tasks: readonly { readonly dataset: string; readonly scored: string }[]): string[] {
  return [...new Map(tasks.map(({ dataset, scored }) => [dataset, scored])).values()];
}

/** Several data sets or reward models in one call: each by itself, and all judged together. */
async function study(
  flags: EffectsFlags,
  datasets: readonly string[],
  keys: readonly string[],
  inference: Inference,
  commandContext: CommandContext,
): Promise<void> {
  if (flags.concept && flags.concept.length !== 1 && flags.concept.length !== datasets.length) {
    throw inputError(
      `--concept: expected one, or one for each of the ${datasets.length} data sets, found ${flags.concept.length}`,
    );
  }
  const renamed = new Map((flags.rename ?? []).map(pairOf));
  const works: EstimateWork[] = [];
  for (const [index, scored] of datasets.entries()) {
    const present = [...(await keysIn(scored, { columns: inference.columns }))];
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
    const labels = await labelsOfWork(names, undefined);
    for (const rewardKey of wanted) works.push({ scored, rewardKey, ...names, labels, inference });
  }
  return writeStudy(works, renamed, flags, commandContext);
}

async function writeStudy(
  works: readonly EstimateWork[],
  renamed: ReadonlyMap<string, string>,
  flags: EffectsFlags,
  { project }: CommandContext,
): Promise<void> {
  const { studyOf } = await import("../../estimation/stage/studies.js");
  const result = await studyOf(works, renamed);
  if (flags.output !== undefined) await project.writeJson(resolve(flags.output), result);
  if (flags.json) return printJson(result);
  const compared = flags.compare ? [`\n${comparisonText(result, flags.compare)}`] : [];
  print(
    `${[studyText(result, flags), ...compared].join("\n")}${flags.output === undefined ? "" : `\nWritten to ${resolve(flags.output)}`}`,
  );
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
  const { negligible, sensitivity, reference, columns } = flags;
  const given = {
    ...{ stderr, ci, level, cluster_by, bootstrap, seed, by, human_key },
    ...{ negligible, sensitivity, reference, columns },
  };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}

/** Labels by names alone are at hand; those of a configuration's data sets take what makes data sets. */
async function labelsOfWork(
  work: Pick<EstimateWork, "dataset" | "concept">,
  config: Config | undefined,
): Promise<EffectsFile["labels"]> {
  if (!config?.rewrites) return (await import("../../study/labels.js")).labelsByName(work);
  return (await import("../../study/stage-runs.js")).labelsFor(work, config);
}
