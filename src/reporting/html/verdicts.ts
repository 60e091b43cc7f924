import type { EffectVerdict } from "../../domain/effect.js";

/** How a state is called, and a mark that tells it from the others without colour. The same wherever people read. */
export const VERDICT_SIGNS = {
  pays: { word: "pays", mark: "▲" },
  penalizes: { word: "penalizes", mark: "▼" },
  negligible: { word: "negligible", mark: "≈" },
  undecided: { word: "undecided", mark: "?" },
  unusable: { word: "unusable", mark: "⊘" },
} as const satisfies Record<EffectVerdict, { word: string; mark: string }>;

/** The same for the verdicts of `rate check`. */
export const CHECK_SIGNS = {
  pass: { word: "pass", mark: "✓" },
  fail: { word: "fail", mark: "✗" },
  undecided: { word: "undecided", mark: "?" },
} as const;

/** Mark and word of a state, for example `▲ pays`. "–" where there is none. */
export function verdictSign(verdict: EffectVerdict | null | undefined): string {
  if (!verdict) return "–";
  const { mark, word } = VERDICT_SIGNS[verdict];
  return `${mark} ${word}`;
}

/** Mark and word of a verdict of `rate check`, for example `✓ pass`. */
export function checkSign(verdict: keyof typeof CHECK_SIGNS): string {
  return `${CHECK_SIGNS[verdict].mark} ${CHECK_SIGNS[verdict].word}`;
}
