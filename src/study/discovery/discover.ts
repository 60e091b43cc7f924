import { Candidates } from "../../datasets/loading/candidates.js";
import { inputError } from "../../domain/errors.js";
import type { DatasetTemplate } from "../../domain/template.js";
import type { Inference } from "../../estimation/stage/effects.js";
import { EDITABLE } from "../../rewriting/builtin/index.js";
import { createDataset } from "../../rewriting/stage/create-dataset.js";
import type { DatasetJob } from "../../rewriting/stage/dataset-job.js";
import { isNothingRewritten } from "../../rewriting/stage/nothing-rewritten.js";
import { readRecords } from "../../storage/examples/stored.js";
import type { Context } from "../../storage/project/context.js";
import { exists } from "../../storage/project/project.js";
import { checked, readJson } from "../../storage/readers/json-file.js";
import { type ModelJob, OpenModels } from "../study.js";
import { type Candidate, libraryCandidates, merged } from "./candidate.js";
import { confirm } from "./confirm.js";
import { partTemplate } from "./discover-template.js";
import {
  type DiscoveryFile,
  type Screened,
  type ScreenedFile,
  screenedFileSchema,
} from "./discovery-file.js";
import { rewardOriginals } from "./reward-originals.js";
import { choose, type Rewarded, screen, type Tagger } from "./screen.js";
import {
  fingerprint,
  type Item,
  PARTS,
  type Part,
  type Shares,
  type Split,
  shuffled,
  splitOf,
  USUAL_SHARES,
} from "./split.js";

/** Names attributes from responses with their rewards; each list holds responses to one prompt where prompts have several. */
export type Proposer = (rewarded: readonly Rewarded[], context: Context) => Promise<readonly Candidate[]>;

export interface DiscoveryWork {
  /** The data set's name in file names. */
  readonly name: string;
  /** Where the responses come from; its attribute and labels are not looked at. */
  readonly template: DatasetTemplate;
  /** How texts are rewritten. */
  readonly job: Omit<DatasetJob, "template">;
  readonly model: ModelJob;
  readonly reference: ModelJob | null;
  readonly inference: Inference;
  readonly options: DiscoveryOptions;
  /** Null: the library's attributes alone. */
  readonly proposer: { readonly name: string; readonly propose: Proposer } | null;
  /** Says W where a candidate has no measure; null where no one can be asked. */
  readonly tagger: ((context: Context) => Tagger) | null;
  /** A file of screened candidates to go on from, instead of proposing and screening. */
  readonly from: string | null;
}

export interface DiscoveryOptions {
  readonly shares: Shares;
  readonly seed: number;
  /** Chance of any false claim, over all that is confirmed. */
  readonly alpha: number;
  /** Candidates that go on for their |t|, and at random. */
  readonly strongest: number;
  readonly atRandom: number;
  /** Texts of the screen part that are rewritten to see whether flips work. */
  readonly flips: number;
  /** Examples of the confirm part for each candidate. */
  readonly examples: number;
}

/** The options where a call does not say. */
export const USUAL_OPTIONS: DiscoveryOptions = {
  shares: USUAL_SHARES,
  seed: 0,
  alpha: 0.05,
  strongest: 8,
  atRandom: 2,
  flips: 20,
  examples: 200,
};

export interface Discovered {
  readonly file: DiscoveryFile;
  readonly path: string;
  /** The file of screened candidates. */
  readonly screened: string;
  /** All files made. */
  readonly outputs: readonly string[];
}

/** Share of first rewrites that must have changed the attribute. */
const FLIPS_NEEDED = 0.5;

/**
 * Finds what a reward model pays for that nobody has named: proposes, screens without rewrites, tries whether flips work, and confirms by rewrites of rewrites on
 * examples that no earlier step has seen, with control of any false claim over all that entered. Every step is kept, so that a run that is
 * killed goes on where it was.
 */
export async function discover(work: DiscoveryWork, context: Context): Promise<Discovered> {
  const { project, stamp } = context;
  const { name, options } = work;
  const items = await itemsOf(work.template, context);
  const split = splitOf(items, options.shares, options.seed);
  const files = await writeParts(name, split, context);
  const models = new OpenModels(context);
  try {
    const screenedPath = project.discoveryStep(name, "screened", "json", stamp);
    const chosen =
      work.from !== null
        ? await readScreened(work.from)
        : (await exists(screenedPath))
          ? await readScreened(screenedPath)
          : await proposeAndScreen(work, split, files.screen, models, context);
    if (!(await exists(screenedPath))) await project.writeJson(screenedPath, chosen);
    const entering = chosen.screened.filter(({ chosen: how, dropped }) => how !== null && dropped === null);
    context.say(
      `${name}: ${chosen.candidates.length} candidates, ${entering.length} of them go on to confirmation`,
    );
    const confirmed = await confirm(
      {
        name,
        source: files.confirm,
        job: work.job,
        model: work.model,
        reference: work.reference,
        inference: work.inference,
        alpha: options.alpha,
        examples: options.examples,
        candidates: entering,
      },
      models,
      context,
    );
    const path = project.discovery(name, work.model.name, stamp);
    const file: DiscoveryFile = {
      dataset_name: name,
      reward_key: work.model.rewardKey,
      reference: work.reference?.rewardKey ?? null,
      alpha: options.alpha,
      seed: options.seed,
      split_by: split.by,
      splits: Object.fromEntries(
        PARTS.map((part) => [
          part,
          { examples: split.parts[part].length, ids_sha256: fingerprint(split.parts[part]) },
        ]),
      ) as DiscoveryFile["splits"],
      proposer: chosen.proposer,
      candidates: chosen.candidates,
      screened: chosen.screened,
      confirmed: confirmed.rows,
      cost: null,
    };
    await project.writeJson(path, file);
    return { file, path, screened: screenedPath, outputs: [screenedPath, ...confirmed.files, path] };
  } finally {
    await models.dispose();
  }
}

async function itemsOf(template: DatasetTemplate, context: Context): Promise<Item[]> {
  const skipped: Record<string, number> = {};
  const items: Item[] = [];
  const candidates = await Candidates.open(template, context);
  for await (const { id, prompt, response } of candidates.all((reason) => {
    skipped[reason] = (skipped[reason] ?? 0) + 1;
  }))
    items.push({ id, prompt, response });
  for (const [reason, count] of Object.entries(skipped)) context.say(`left out ${count} rows ${reason}`);
  if (items.length === 0) throw inputError(`${template.name}: holds no examples`);
  return items;
}

/** The parts as files of their own, in an order that has nothing to do with the data's. */
async function writeParts(name: string, split: Split, context: Context): Promise<Record<Part, string>> {
  const { project, stamp } = context;
  const paths = {} as Record<Part, string>;
  for (const part of PARTS) {
    paths[part] = project.discoveryStep(name, part, "jsonl", stamp);
    const rows = shuffled(split.parts[part], 0).map((item) => `${JSON.stringify(item)}\n`);
    if (rows.length === 0)
      throw inputError(`${name}: no example is left to ${part}; use more data, or another --split`);
    if (!(await exists(paths[part]))) await project.write(paths[part], rows.join(""));
  }
  return paths;
}

async function readScreened(path: string): Promise<ScreenedFile> {
  return checked(
    await readJson(path, {
      what: "a file of screened candidates",
      most: 16 << 20,
      advice: "rate discover writes them below data/discovery",
    }),
    screenedFileSchema,
  );
}

async function proposeAndScreen(
  work: DiscoveryWork,
  { parts }: Split,
  screenFile: string,
  models: OpenModels,
  context: Context,
): Promise<ScreenedFile> {
  const { project, stamp } = context;
  const { name, options, proposer } = work;
  const rewarded = async (part: "propose" | "screen") =>
    rewardOriginals(
      parts[part],
      () => models.get(work.model),
      project.discoveryStep(name, `${part}_rewards`, "jsonl", stamp),
      context,
    );
  const proposed = proposer ? await proposer.propose(await rewarded("propose"), context) : [];
  const candidates = merged([...libraryCandidates(), ...proposed]);
  const tagger = work.tagger?.(context) ?? null;
  const held = await screen(candidates, await rewarded("screen"), parts.propose, tagger);
  const chosen = choose(
    held.map((entry) => (isEditable(work, entry) ? entry : { ...entry, dropped: entry.dropped ?? CANNOT })),
    options,
  );
  const screened: Screened[] = [];
  for (const entry of chosen)
    screened.push(
      entry.chosen === null || entry.dropped !== null
        ? entry
        : await tryFlips(work, entry, screenFile, context),
    );
  return {
    dataset_name: name,
    reward_key: work.model.rewardKey,
    proposer: proposer?.name ?? null,
    candidates,
    screened,
  };
}

const CANNOT = "the built-in rewriter cannot rewrite it";

function isEditable({ job }: DiscoveryWork, { name }: Candidate): boolean {
  return job.rewriter !== "builtin" || EDITABLE.includes(name);
}

/** Rewrites a few texts of the screen part: a candidate whose flips fail is dropped. */
async function tryFlips(
  { name, job, options }: DiscoveryWork,
  entry: Screened,
  screenFile: string,
  context: Context,
): Promise<Screened> {
  const template = partTemplate(`${name}_flips_${entry.name}`, screenFile, entry, options.flips);
  const rewrites = await createDataset({ ...job, template }, context).catch((cause) => {
    if (isNothingRewritten(cause)) return null;
    throw cause;
  });
  if (rewrites === null) return { ...entry, dropped: "not one text could be rewritten" };
  let [tried, worked] = [0, 0];
  for await (const { record } of readRecords(rewrites)) {
    tried += 1;
    if (typeof record.w_rewrite === "boolean" && record.w_rewrite !== record.w_original) worked += 1;
  }
  const found = { ...entry, flips_tried: tried, flips_worked: worked };
  if (tried > 0 && worked >= FLIPS_NEEDED * tried) return found;
  return { ...found, dropped: `only ${worked} of ${tried} rewrites changed it` };
}
