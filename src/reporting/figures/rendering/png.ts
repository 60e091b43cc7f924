import type { TopLevelSpec } from "vega-lite";
import { loadOptional } from "../../../storage/package/optional.js";
import { FONT_FAMILY, hasAll, loadFaces } from "./fonts.js";
import { renderSvg } from "./svg.js";

/** Pixels for each unit of a figure: 192 a inch. */
const SCALE = 2;

/**
 * Draws a Vega-Lite specification as PNG. Where the figure's font lacks a character, the machine's fonts are looked through.
 *
 * @example
 * const png = await renderPng(studyForest(await readEffects("study.json"), "screen"));
 */
export async function renderPng(spec: TopLevelSpec): Promise<Uint8Array> {
  const [{ Resvg }, svg, { normal, bold }] = await Promise.all([
    loadOptional("PNG figures need", ["@resvg/resvg-js"], () => import("@resvg/resvg-js")),
    renderSvg(spec, { fonts: false }),
    loadFaces(),
  ]);
  const drawing = new Resvg(svg, {
    font: {
      fontFiles: [normal.path, bold.path],
      loadSystemFonts: !hasAll(svg, normal),
      defaultFontFamily: FONT_FAMILY,
      sansSerifFamily: FONT_FAMILY,
    },
    fitTo: { mode: "zoom", value: SCALE },
    background: "white",
  });
  return drawing.render().asPng();
}
