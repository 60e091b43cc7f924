import { z } from "zod";
import { EFFECT_VERDICTS } from "../../domain/effect.js";
import { candidateSchema } from "./candidate.js";
import { PARTS } from "./split.js";

/** What `rate discover` writes: every candidate, how far it came and why, and what was confirmed. */

const finite = z.number().nullable();
const count = z.int().nonnegative();

/** A candidate that was held against the screen part. */
export const screenedSchema = candidateSchema.extend({
  /** W = 1 above this; null where a judge says it. */
  threshold: finite,
  /** Share of the screen part's texts that have it; null where too few could be measured. */
  share: finite,
  /** Reward with the attribute less that without, prompt and length being equal, in reward units. */
  slope: finite,
  slope_stderr: finite,
  t: finite,
  n: count,
  /** Chosen for its |t|, drawn at random, or not chosen. */
  chosen: z.enum(["strongest", "at_random"]).nullable(),
  /** First rewrites that were tried, and those that changed the attribute. */
  flips_tried: count,
  flips_worked: count,
  /** Why it went no further; null where it goes on. */
  dropped: z.string().nullable(),
});

const confirmedSchema = z.strictObject({
  name: z.string(),
  treated: z.string(),
  untreated: z.string(),
  /** RATE's effect in standard deviations of the reward, with the interval that holds for all confirmed candidates at once. */
  effect_size: finite,
  ci_low: finite,
  ci_high: finite,
  p_value: finite,
  /** Holm's, over all that entered confirmation. */
  adjusted_p_value: finite,
  n: count,
  is_confirmed: z.boolean(),
  verdict: z.enum(EFFECT_VERDICTS).nullable(),
  verdict_reason: z.string().nullable(),
  /** Against the reference: the effect size there, and the contrast with its simultaneous interval; null without one. */
  reference_effect_size: finite,
  contrast: finite,
  contrast_ci_low: finite,
  contrast_ci_high: finite,
  /** `bias`: pays more for it than the reference; `preference`: the reference agrees; null where there is nothing to say. */
  finding: z.enum(["bias", "preference"]).nullable(),
  effects_file: z.string(),
});

export const discoverySchema = z.strictObject({
  dataset_name: z.string(),
  reward_key: z.string(),
  reference: z.string().nullable(),
  alpha: z.number(),
  seed: count,
  split_by: z.enum(["prompt", "example"]),
  /** By part: examples, and the SHA-256 of their sorted ids. */
  splits: z.record(z.enum(PARTS), z.strictObject({ examples: count, ids_sha256: z.string() })),
  /** Why nothing more was proposed than the library has; null where a language model proposed. */
  proposer: z.string().nullable(),
  candidates: z.array(candidateSchema).readonly(),
  screened: z.array(screenedSchema).readonly(),
  confirmed: z.array(confirmedSchema).readonly(),
  cost: finite,
});

export type Screened = Readonly<z.output<typeof screenedSchema>>;
export type Confirmed = Readonly<z.output<typeof confirmedSchema>>;
export type DiscoveryFile = Readonly<z.output<typeof discoverySchema>>;

/** The file between screening and confirmation, which a person can read, edit and run on from. */
export const screenedFileSchema = z.strictObject({
  dataset_name: z.string(),
  reward_key: z.string(),
  proposer: z.string().nullable(),
  candidates: z.array(candidateSchema).readonly(),
  screened: z.array(screenedSchema).readonly(),
});
export type ScreenedFile = Readonly<z.output<typeof screenedFileSchema>>;
