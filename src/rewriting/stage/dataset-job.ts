import type { RewardModel } from "../../domain/reward-model.js";
import type { RewriterName } from "../../domain/rewriter.js";
import type { DatasetTemplate } from "../../domain/template.js";
import type { Price } from "../../language-models/prices.js";
import type { ChatChoice } from "../../language-models/settings.js";
import type { Context } from "../../storage/project/context.js";

/** One data set to be made. */
export interface DatasetJob {
  readonly template: DatasetTemplate;
  /** The file of a template of the user's own. */
  readonly templateFile?: string;
  readonly rewriter: RewriterName;
  /** How a language model is asked; what is absent comes from the template, then from the defaults. */
  readonly chat?: ChatChoice;
  /** The model that judges whether texts have the attribute, where a template or the configuration asks for one. */
  readonly judge?: ChatChoice & { readonly prices?: Price };
  /** Opens the model that labels the texts, where the template names one. */
  readonly openClassifier?: (model: string, context: Context) => Promise<RewardModel>;
  readonly placebo?: boolean;
  /** Whether rewrites of rewrites are rewritten once more, to measure what each pass adds. */
  readonly thirdPass?: boolean;
  readonly batch?: {
    readonly maxRequests?: number;
    readonly maxQueuedTokens?: number;
    readonly pollSeconds?: number;
    readonly searchSeconds?: number;
  };
  /** Dollars for a million tokens, instead of the table's. */
  readonly prices?: Price;
  /** Whether answers of earlier runs are used. */
  readonly reuse?: boolean;
}
