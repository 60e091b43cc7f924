import { ATTRIBUTES } from "../datasets/attributes/index.js";
import { TEMPLATES } from "../datasets/templates/index.js";
import type { Attribute } from "../domain/attribute.js";
import type { DatasetTemplate } from "../domain/template.js";
import type { EffectsFile } from "../estimation/files/effects-file.js";

/** How the attribute of a template calls its two values. */
export function labelsOf({ attribute }: Pick<DatasetTemplate, "attribute">): EffectsFile["labels"] {
  const found = typeof attribute === "string" ? readyMade(attribute) : attribute;
  return found && inFile(found);
}

/**
 * The labels of a result of which only names are known: those of the built-in template of the data set, else of the ready-made attribute of that name. Null
 * where neither is known.
 */
export function labelsByName(names: {
  readonly dataset: string | null;
  readonly concept: string | null;
}): EffectsFile["labels"] {
  const { dataset, concept } = names;
  const template = dataset !== null && Object.hasOwn(TEMPLATES, dataset) ? TEMPLATES[dataset] : undefined;
  if (template) return labelsOf(template);
  const found = concept === null ? null : readyMade(concept);
  return found && inFile(found);
}

function readyMade(name: string): Attribute | null {
  return Object.hasOwn(ATTRIBUTES, name) ? ATTRIBUTES[name]! : null;
}

function inFile({ labels: { treated, untreated } }: Attribute): EffectsFile["labels"] {
  return { w_1: treated, w_0: untreated };
}
