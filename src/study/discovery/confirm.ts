import type { EffectsFile } from "../../estimation/files/effects-file.js";
import { holm } from "../../estimation/numeric/multiplicity.js";
import { estimateFile, type Inference } from "../../estimation/stage/effects.js";
import { createDataset } from "../../rewriting/stage/create-dataset.js";
import type { DatasetJob } from "../../rewriting/stage/dataset-job.js";
import { isNothingRewritten } from "../../rewriting/stage/nothing-rewritten.js";
import type { Context } from "../../storage/project/context.js";
import { type ModelJob, type OpenModels, scoreWith } from "../study.js";
import { partTemplate } from "./discover-template.js";
import type { Confirmed, Screened } from "./discovery-file.js";

export interface ConfirmWork {
  readonly name: string;
  /** The confirm part. */
  readonly source: string;
  readonly job: Omit<DatasetJob, "template">;
  readonly model: ModelJob;
  readonly reference: ModelJob | null;
  readonly inference: Inference;
  /** Chance of any false claim. */
  readonly alpha: number;
  readonly examples: number;
  readonly candidates: readonly Screened[];
}

/**
 * RATE's effects of the candidates on examples that no earlier step has seen: intervals that hold for all at once (level 1 − α/m, Bonferroni), claims by Holm's
 * method over the m that entered, and with a reference the paired contrast of standardised effects: a bias where the model pays more than the reference,
 * a preference where the reference agrees.
 */
export async function confirm(
  work: ConfirmWork,
  models: OpenModels,
  context: Context,
): Promise<{ readonly rows: Confirmed[]; readonly files: string[] }> {
  const { candidates, alpha, reference } = work;
  const files: string[] = [];
  const found: { readonly candidate: Screened; readonly effects: EffectsFile; readonly path: string }[] = [];
  const inference: Inference = {
    ...work.inference,
    level: 1 - alpha / Math.max(1, candidates.length),
    reference: reference?.rewardKey ?? null,
  };
  for (const candidate of candidates) {
    const template = partTemplate(`${work.name}_${candidate.name}`, work.source, candidate, work.examples);
    const rewrites = await createDataset({ ...work.job, template }, context).catch((cause) => {
      if (isNothingRewritten(cause)) return null;
      throw cause;
    });
    if (rewrites === null) {
      context.say(`${template.name}: left out of confirmation: not one text could be rewritten`);
      continue;
    }
    const dataset = template.name;
    let scored = await scoreWith({ dataset, input: rewrites, job: work.model, models }, context);
    if (reference) scored = await scoreWith({ dataset, input: scored, job: reference, models }, context);
    const { effects, path } = await estimateFile(
      {
        scored,
        rewardKey: work.model.rewardKey,
        dataset,
        concept: candidate.name,
        score: work.model.name,
        inference,
      },
      context,
    );
    files.push(rewrites, scored, path);
    found.push({ candidate, effects, path });
  }
  const mains = found.map(({ effects }) => mainRow(effects));
  const adjusted = holm(mains.map((row) => row?.p_value ?? 1));
  const rows = found.map(({ candidate, effects, path }, place): Confirmed => {
    const row = mains[place];
    const p = adjusted[place]!;
    const isConfirmed = row?.p_value != null && p <= alpha && row.verdict !== "unusable";
    const contrast = effects.sensitivity.find(
      ({ name, estimand }) => name === "reference" && estimand === "ate",
    );
    return {
      name: candidate.name,
      treated: candidate.treated,
      untreated: candidate.untreated,
      effect_size: row?.effect_size ?? null,
      ci_low: row?.effect_size_ci_low ?? null,
      ci_high: row?.effect_size_ci_high ?? null,
      p_value: row?.p_value ?? null,
      adjusted_p_value: row?.p_value == null ? null : p,
      n: row?.n ?? 0,
      is_confirmed: isConfirmed,
      verdict: row?.verdict ?? null,
      verdict_reason: row?.verdict_reason ?? null,
      reference_effect_size: contrast?.details?.reference_effect_size ?? null,
      contrast: contrast?.value ?? null,
      contrast_ci_low: contrast?.ci_low ?? null,
      contrast_ci_high: contrast?.ci_high ?? null,
      finding: isConfirmed
        ? findingOf(row.effect_size, contrast?.ci_low ?? null, contrast?.ci_high ?? null)
        : null,
      effects_file: context.project.show(path),
    };
  });
  return {
    rows: rows.sort((a, b) => Math.abs(b.effect_size ?? 0) - Math.abs(a.effect_size ?? 0)),
    files,
  };
}

/** The row that is claimed: over both arms where both have examples, else over the one that has. */
function mainRow(effects: EffectsFile) {
  const rows = effects.estimates.filter(({ estimator }) => estimator === "rate");
  return rows.find(({ estimand }) => estimand === "ate");
}

/** A bias where the contrast lies on the effect's side of 0 as a whole; else the reference does not disagree. Null without a contrast. */
function findingOf(effect: number | null, low: number | null, high: number | null): Confirmed["finding"] {
  if (effect === null || low === null || high === null) return null;
  return (effect > 0 && low > 0) || (effect < 0 && high < 0) ? "bias" : "preference";
}
