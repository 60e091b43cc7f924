/** What a probe looks for. */
export const CHECKS = [
  "answers",
  "labels",
  "activation",
  "ignored_field",
  "constant",
  "bos",
  "truncation",
  "order",
  "batch",
  "noise",
  "agreement",
  "quality",
  "pad",
] as const;
export type Check = (typeof CHECKS)[number];

/** One thing that a probe found. `stop` keeps a run from starting; `allowed` would, were it not allowed; a `warning` is said before the run. */
export interface Finding {
  readonly check: Check;
  readonly verdict: "pass" | "note" | "warning" | "allowed" | "stop";
  readonly detail: string;
}

export interface ProbeReport {
  readonly endpoint: string;
  readonly server: Readonly<Record<string, unknown>>;
  readonly findings: readonly Finding[];
  /** The rewards of the probe's texts, one text at a time; null where there are none. */
  readonly rewards: readonly number[] | null;
}
