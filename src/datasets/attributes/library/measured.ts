import type { Attribute } from "../../../domain/attribute.js";
import { phraseRate } from "./text.js";

/** An attribute that can be measured on the surface of a text. */
export interface MeasuredAttribute extends Attribute {
  readonly rule: { readonly measure: (text: string) => number | null; readonly threshold: number | "median" };
  /** What is counted, in one sentence. */
  readonly description: string;
  /** Languages whose texts it can measure, as BCP 47 tags; `any` where it needs no words. Other texts measure null. */
  readonly languages: readonly string[];
  /** The phrases that are counted, where it counts phrases. */
  readonly phrases?: readonly string[];
}

/** What distinguishes one entry of the library from another. */
export interface Entry {
  /** Completes "Adjust this response so it …" for w = 1 and w = 0: how to flip it, and how tables call the two. */
  readonly treated: string;
  readonly untreated: string;
  readonly question: string;
  readonly description: string;
  /** What is measured; or the English phrases that are counted, for each 100 words. */
  readonly measure?: (text: string) => number | null;
  readonly phrases?: readonly string[];
  readonly languages?: readonly string[];
  readonly threshold?: number | "median";
}

/** The attribute of an entry: w = 1 above the median of the data set, so above 0 where most texts have none of it. */
export function measured(name: string, entry: Entry): MeasuredAttribute {
  const { treated, untreated, question, description, phrases, languages = ["any"] } = entry;
  const measure = entry.measure ?? phraseRate(phrases ?? []);
  return {
    name,
    labels: { treated, untreated },
    rewritePrompt:
      "{original_completion}\n\n[Adjust this response so it {w_counterfactual_string}, but change *nothing* else. " +
      "Only provide the response text, not an acknowledgement of the request or any other context.]",
    judgeQuestion: question,
    rule: { measure, threshold: entry.threshold ?? "median" },
    description,
    languages,
    ...(phrases && { phrases }),
  };
}
