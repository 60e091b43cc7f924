import { shortName } from "../../domain/escape-controls.js";
import type { EffectsFile } from "../../estimation/files/effects-file.js";

/** What attributes and reward models a report is about. Elements carry their numbers, never their names: names are other people's text. */
export interface Keys {
  readonly concepts: readonly string[];
  readonly models: readonly string[];
}

export function keysOf(results: readonly { readonly effects: EffectsFile }[]): Keys {
  const unique = (names: string[]) => [...new Set(names)];
  return {
    concepts: unique(results.map(({ effects }) => conceptOf(effects))),
    models: unique(results.map(({ effects }) => effects.reward_key)),
  };
}

/** The attribute's name, else that of the data set. */
export function conceptOf(
  labels: Pick<EffectsFile, "concept" | "dataset_name" | "dataset_filename">,
): string {
  return labels.concept ?? labels.dataset_name ?? labels.dataset_filename;
}

/** The attributes by which the page's script picks a result. */
export function tagsOf(effects: EffectsFile, { concepts, models }: Keys) {
  return {
    "data-concept": String(concepts.indexOf(conceptOf(effects))),
    "data-model": String(models.indexOf(effects.reward_key)),
  };
}

/** How a result is called. */
export function titleOf(effects: EffectsFile): string {
  return `${shortName(conceptOf(effects))} · ${shortName(effects.reward_key)}`;
}
