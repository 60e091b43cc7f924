import { findAttribute } from "../../datasets/attributes/index.js";
import { findTemplate } from "../../datasets/templates/index.js";
import type { DatasetTemplate } from "../../domain/template.js";
import { inferenceOf } from "../../estimation/stage/choices.js";
import type { DatasetJob } from "../../rewriting/stage/dataset-job.js";
import { plantBonus } from "../../scoring/planted.js";
import type { ModelJob } from "../study.js";
import type { DiscoveryOptions, DiscoveryWork } from "./discover.js";
import { USUAL_OPTIONS } from "./discover.js";

/** Tastes that are planted into the embedded model, in reward units; its rewards have a standard deviation of about 2.7. */
export const PLANTED = { exclamation_marks: 1.2, hedges: -1.2, capitals: -1 } as const;

/** What is discovered on where no data is given: the review sentences, by the built-in rewriter. */
export const EMBEDDED: {
  readonly name: string;
  readonly template: DatasetTemplate;
  readonly job: Omit<DatasetJob, "template">;
} = {
  name: "reviews",
  template: findTemplate("reviews_length"),
  job: { rewriter: "builtin" },
};

/** The embedded model with tastes that nobody has named, for discovery to find. */
export function withPlantedTastes(model: ModelJob): ModelJob {
  const rewardKey = `${model.rewardKey}+planted`;
  return {
    name: `${model.name}_planted_tastes`,
    description: `${model.description} with planted tastes ${JSON.stringify(PLANTED)}`,
    rewardKey,
    async open(context) {
      let opened = await model.open(context);
      for (const [name, bonus] of Object.entries(PLANTED)) {
        const { measure } = findAttribute(name).rule!;
        const classify = (text: string) => (measure(text) ?? 0) > 0;
        opened = plantBonus(opened, { rewardKey, bonus, attribute: name, classify });
      }
      return opened;
    },
  };
}

/** A discovery of the planted tastes in the embedded model. */
export function embeddedDiscovery(
  model: ModelJob,
  options: Pick<DiscoveryOptions, "strongest" | "atRandom" | "examples">,
): DiscoveryWork {
  return {
    ...EMBEDDED,
    model: withPlantedTastes(model),
    reference: null,
    inference: inferenceOf(undefined),
    options: { ...USUAL_OPTIONS, ...options },
    proposer: null,
    tagger: null,
    from: null,
  };
}
