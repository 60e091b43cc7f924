import { createHash } from "node:crypto";
import type { TopLevelSpec } from "vega-lite";
import { type Faces, FONT_FAMILY, faceOf, loadFaces, widthOf } from "./fonts.js";

export interface SvgOptions {
  /**
   * Whether the font goes with the figure, cut down to the letters in it (default: true). Without it a viewer that lacks DejaVu Sans takes
   * another sans-serif font.
   */
  readonly fonts?: boolean;
}

/**
 * Draws a Vega-Lite specification as SVG: the same text for the same specification, whatever was drawn before.
 *
 * @example
 * const svg = await renderSvg(studyForest(await readEffects("study.json"), "screen"));
 */
export async function renderSvg(spec: TopLevelSpec, { fonts = true }: SvgOptions = {}): Promise<string> {
  const [{ compile }, vega, faces] = await Promise.all([import("vega-lite"), import("vega"), loadFaces()]);
  // Vega lays out by estimated widths where there is no canvas; it is told those of the font that is drawn.
  const { textMetrics } = vega as unknown as { textMetrics: TextMetrics };
  textMetrics.width = (item, text) => measured(text, item, faces);
  const view = new vega.View(vega.parse(compile(inFont(spec)).spec), { renderer: "none" });
  try {
    const drawn = withOwnIds(await view.toSVG(), spec);
    return withTitle(fonts ? await withFonts(drawn, faces) : drawn, spec);
  } finally {
    view.finalize();
  }
}

/** Part of Vega that its types leave out. */
interface TextMetrics {
  width(item: TextItem, text: unknown): number;
}

interface TextItem {
  readonly fontSize?: number;
  readonly fontWeight?: unknown;
}

function measured(text: unknown, { fontSize, fontWeight }: TextItem, faces: Faces): number {
  const line = text == null ? "" : String(text).trim();
  return line === "" ? 0 : widthOf(line, faceOf(fontWeight, faces)) * (fontSize ?? VEGA_FONT_SIZE);
}

const VEGA_FONT_SIZE = 11;

function inFont(spec: TopLevelSpec): TopLevelSpec {
  const { config } = spec;
  // Vega would put an axis title over labels that are wider than 200.
  const axis = { maxExtent: 10_000, ...config?.axis };
  return { ...spec, config: { ...config, axis, font: `${FONT_FAMILY}, sans-serif` } };
}

/** Vega numbers what clips and gradients refer to through all figures of a process; here they are named after the figure. */
function withOwnIds(svg: string, spec: TopLevelSpec): string {
  const figure = createHash("sha256").update(JSON.stringify(spec)).digest("hex").slice(0, 8);
  const names = new Map<string, string>();
  for (const [, id] of svg.matchAll(/<(?:clipPath|linearGradient|radialGradient) id="([^"]+)"/g))
    names.set(id!, `f${figure}-${names.size}`);
  return svg.replace(
    /(<(?:clipPath|linearGradient|radialGradient) id="|="url\(#)([^")]+)/g,
    (found, before, id) => (names.has(id) ? before + names.get(id) : found),
  );
}

async function withFonts(svg: string, faces: Faces): Promise<string> {
  const { default: subset } = await import("subset-font");
  const letters = [...new Set(textsOf(svg))].sort().join("");
  const rules: string[] = [];
  for (const { weight, bytes } of [
    faces.normal,
    ...(/font-weight="(bold|[6-9]00)"/.test(svg) ? [faces.bold] : []),
  ]) {
    const font = await subset(bytes, letters, { targetFormat: "woff2" });
    const source = `url(data:font/woff2;base64,${font.toString("base64")})`;
    rules.push(`@font-face{font-family:"${FONT_FAMILY}";font-weight:${weight};src:${source}}`);
  }
  return afterOpening(svg, `<style>${rules.join("")}</style>`);
}

/** All letters that stand outside of tags. */
export function textsOf(svg: string): string {
  const entities: Record<string, string> = { "&lt;": "<", "&gt;": ">", "&amp;": "&" };
  return svg.replace(/<[^>]*>/g, "").replace(/&(?:lt|gt|amp);/g, (entity) => entities[entity]!);
}

/** What the figure shows, for those who cannot see it. */
function withTitle(svg: string, { description }: TopLevelSpec): string {
  if (description === undefined) return svg;
  const escaped = description.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
  return afterOpening(svg, `<title>${escaped}</title>`);
}

function afterOpening(svg: string, addition: string): string {
  const end = svg.indexOf(">") + 1;
  return svg.slice(0, end) + addition + svg.slice(end);
}
