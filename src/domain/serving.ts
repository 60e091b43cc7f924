import type { Check } from "./probe.js";

/** What runs a reward model: this process, a server that is there already, a server that is started for the run, or a language model that judges. */
export const RUNTIMES = [
  "onnx",
  "vllm",
  "vllm-pooling",
  "sglang",
  "tei",
  "reward-server",
  "transformers",
  "judge",
] as const;
export type RuntimeName = (typeof RUNTIMES)[number];

/** Where and how a reward model runs, besides what its template says. */
export interface Serving {
  /** Without one, the first of the template's runtimes that needs no server, or with endpoints the first that does. */
  readonly runtime?: RuntimeName | undefined;
  /** Addresses, and folders of files with addresses: `@FOLDER`. */
  readonly endpoints?: readonly string[] | undefined;
  /** Requests under way at once at each endpoint. */
  readonly concurrency?: number | undefined;
  /** Seconds that an answer may take. */
  readonly timeout?: number | undefined;
  /** Seconds that a server may be busy, or gone, before it is given up. */
  readonly patience?: number | undefined;
  /** Findings of the probe that do not stop a run. */
  readonly allowProbe?: readonly Check[] | undefined;
  /** The name under which servers serve the model, where it differs from the recipe's on purpose. */
  readonly servedModel?: string | undefined;
  /** The Python that has torch and transformers, for servers that are started for the run. */
  readonly python?: string | undefined;
}
