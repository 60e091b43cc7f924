/** Which examples are looked at, in what order. The page's address holds it, so that any view can be linked to. */

export const ARMS = { "": "either", "1": "w = 1", "0": "w = 0" } as const;
export const FLIPS = {
  "": "any",
  failed: "failed (either)",
  failed_rewrite: "failed in the rewrite",
  failed_back: "failed on the way back",
  succeeded: "both succeeded",
} as const;
export const SIGNS = { "": "any sign", up: "positive", down: "negative", none: "zero" } as const;
export const SORTS = {
  "": "as in the file",
  newest: "newest first",
  effect: "largest effect first",
  opposite: "largest effect the other way",
  size: "largest effect of either sign",
  rewriter: "most moved by rewriting itself",
  longest: "longest original first",
  shortest: "shortest original first",
} as const;

export interface Filter {
  /** Part of a text, prompt or id; case does not matter. */
  readonly search: string;
  readonly arm: keyof typeof ARMS;
  readonly flip: keyof typeof FLIPS;
  /** Empty for any, `complete`, `unscored`, `failed`, or `failed:REASON`. */
  readonly outcome: string;
  readonly sign: keyof typeof SIGNS;
  /** The least size of the difference, of either sign. */
  readonly least: number | null;
  /** Bounds of the original's length in characters. */
  readonly shortest: number | null;
  readonly longest: number | null;
  readonly sort: keyof typeof SORTS;
  /** The reward model that differences are of; empty for the first one. */
  readonly model: string;
}

export const EVERYTHING: Filter = {
  search: "",
  arm: "",
  flip: "",
  outcome: "",
  sign: "",
  least: null,
  shortest: null,
  longest: null,
  sort: "",
  model: "",
};

/** Reads a filter from an address; what is not understood counts as not given. */
export function filterFrom(query: URLSearchParams): Filter {
  return {
    search: query.get("search") ?? "",
    arm: oneOf(ARMS, query.get("arm")),
    flip: oneOf(FLIPS, query.get("flip")),
    outcome: query.get("outcome") ?? "",
    sign: oneOf(SIGNS, query.get("sign")),
    least: numberFrom(query.get("least")),
    shortest: numberFrom(query.get("shortest")),
    longest: numberFrom(query.get("longest")),
    sort: oneOf(SORTS, query.get("sort")),
    model: query.get("model") ?? "",
  };
}

/** Writes what differs from `EVERYTHING` into an address. */
export function writeFilter(filter: Filter, query: URLSearchParams): void {
  for (const [name, value] of Object.entries(filter))
    if (value !== "" && value !== null) query.set(name, String(value));
}

function oneOf<Known extends object>(known: Known, value: string | null): keyof Known {
  return (value !== null && Object.hasOwn(known, value) ? value : "") as keyof Known;
}

function numberFrom(text: string | null): number | null {
  const value = Number(text);
  return text === null || text.trim() === "" || !Number.isFinite(value) ? null : value;
}
