import type { TopLevelSpec } from "vega-lite";
import { hasAll, loadFaces } from "./fonts.js";
import { renderSvg, textsOf } from "./svg.js";

/** The characters of a figure that the font it is set in lacks, each once: a PDF has boxes in their places. */
export async function missingCharacters(spec: TopLevelSpec): Promise<string[]> {
  const [svg, { normal }] = await Promise.all([renderSvg(spec, { fonts: false }), loadFaces()]);
  return [...new Set(textsOf(svg))].filter((character) => !hasAll(character, normal)).sort();
}
