import assert from "node:assert/strict";
import { compile, type TopLevelSpec } from "vega-lite";
import type { EffectVerdict, Estimand, Estimator } from "../../src/domain/effect.js";
import { renderSvg } from "../../src/reporting/figures/rendering/svg.js";
import type { PlottedResult } from "../../src/reporting/figures/specs/results.js";

/** What no name may do to a figure: break out of the SVG, out of a Vega expression, or turn a terminal or a reader around. */
export const HOSTILE = `</text><script>alert(1)</script>"']}+datum.x\u202e\u001b[31m\n$\{signal} & \\end`;

/** A result with the given effect sizes and intervals of ± 0.1. */
export function resultOf(
  concept: string,
  rewardKey: string,
  sizes: Partial<Record<`${Estimator} ${Estimand}`, number>>,
): PlottedResult {
  return {
    concept,
    dataset_name: `data_${concept}`,
    dataset_filename: "scored.jsonl",
    reward_key: rewardKey,
    ci_level: 0.95,
    estimates: Object.entries(sizes).map(([name, value]) => {
      const [estimator, estimand] = name.split(" ") as [Estimator, Estimand];
      return {
        estimator,
        estimand,
        effect_size: value,
        effect_size_ci_low: value - 0.1,
        effect_size_ci_high: value + 0.1,
      };
    }),
  };
}

/** The result with a verdict on RATE's effect. */
export function judged(result: PlottedResult, verdict: EffectVerdict): PlottedResult {
  const estimates = result.estimates.map((row) => (row.estimator === "rate" ? { ...row, verdict } : row));
  return { ...result, estimates };
}

export const ALL = { "naive ate": 0.5, "single_rewrite ate": 0.1, "rate ate": 0.2 } as const;

/** Checks what holds for every figure: Vega-Lite finds no fault, the bytes stay the same, numbers are finite, nothing leads outside. Returns the texts that are drawn. */
export async function checkFigure(spec: TopLevelSpec): Promise<string[]> {
  const said: unknown[] = [];
  const note = (...words: unknown[]) => {
    said.push(...words);
    return logger;
  };
  const logger = { level: () => logger, error: note, warn: note, info: () => logger, debug: () => logger };
  compile(spec, { logger: logger as never });
  assert.deepEqual(said, []);
  const svg = await renderSvg(spec, { fonts: false });
  assert.equal(await renderSvg(structuredClone(spec), { fonts: false }), svg);
  assert.doesNotMatch(svg, /NaN|Infinity|undefined|<script|<image|<foreignObject/);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this looks for
  assert.doesNotMatch(svg, /[\u0000-\u0008\u000b-\u001f\u202a-\u202e]/);
  return [...svg.matchAll(/<(?:text|tspan)\b[^>]*>([^<]+)</g)].map(([, text]) => text!);
}

/** A spec's data rows, of all panels and layers. */
export function valuesOf(spec: TopLevelSpec): Record<string, unknown>[] {
  const found: Record<string, unknown>[] = [];
  JSON.stringify(spec, (key, value) => {
    if (key === "values" && Array.isArray(value)) found.push(...value);
    return value;
  });
  return found;
}
