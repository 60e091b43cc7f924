import type { TopLevelSpec } from "vega-lite";
import { loadOptional } from "../../../storage/package/optional.js";
import { loadFaces } from "./fonts.js";
import { renderSvg } from "./svg.js";

const PACKAGES = ["pdfkit", "svg-to-pdfkit"];

/** A unit of a figure (a CSS pixel, 1/96 inch) in points. */
const POINTS = 0.75;

/**
 * Draws a Vega-Lite specification as a PDF of one page of the figure's size: vectors, and text set in embedded fonts. The same bytes for the same figure.
 *
 * @example
 * const pdf = await renderPdf(studyForest(await readEffects("study.json"), "paper"));
 */
export async function renderPdf(spec: TopLevelSpec): Promise<Uint8Array> {
  const [{ default: Document }, { default: addSvg }, svg, { normal, bold }] = await Promise.all([
    loadOptional("PDF figures need", PACKAGES, () => import("pdfkit")),
    loadOptional("PDF figures need", PACKAGES, () => import("svg-to-pdfkit")),
    renderSvg(spec, { fonts: false }),
    loadFaces(),
  ]);
  const size = /<svg[^>]* width="([\d.]+)" height="([\d.]+)"/.exec(svg);
  const [width, height] = [Number(size?.[1]) * POINTS, Number(size?.[2]) * POINTS];
  const never = new Date(0);
  const document = new Document({
    size: [width, height],
    margin: 0,
    info: { CreationDate: never, ModDate: never, ...(spec.description && { Title: spec.description }) },
  });
  const parts: Uint8Array[] = [];
  const whole = new Promise<Uint8Array>((resolve, reject) => {
    document.on("data", (part: Uint8Array) => parts.push(part));
    document.on("end", () => resolve(Buffer.concat(parts)));
    document.on("error", reject);
  });
  document.registerFont("normal", normal.bytes);
  document.registerFont("bold", bold.bytes);
  addSvg(document, svg, 0, 0, {
    width,
    height,
    fontCallback: (_family, isBold) => (isBold ? "bold" : "normal"),
    warningCallback: () => undefined,
  });
  document.end();
  return whole;
}
