import { extname } from "node:path";
import type { TopLevelSpec } from "vega-lite";
import { inputError } from "../../../domain/errors.js";

/** How a specification is drawn, by the end of the file's name. */
const RENDERERS = {
  ".svg": async (spec) => (await import("./svg.js")).renderSvg(spec),
  ".png": async (spec) => (await import("./png.js")).renderPng(spec),
  ".pdf": async (spec) => (await import("./pdf.js")).renderPdf(spec),
  ".json": async (spec) => `${JSON.stringify(spec, null, 2)}\n`,
} as const satisfies Record<string, (spec: TopLevelSpec) => Promise<string | Uint8Array>>;

export const FIGURE_FORMATS = Object.keys(RENDERERS);

/** Draws a specification in the format that a file's name asks for: SVG, PNG, PDF, or the specification itself as JSON. */
export async function renderFor(path: string, spec: TopLevelSpec): Promise<string | Uint8Array> {
  return RENDERERS[requireFormat(path)](spec);
}

/** Throws when a file's name asks for none of the formats. */
export function requireFormat(path: string): keyof typeof RENDERERS {
  const format = extname(path).toLowerCase();
  if (Object.hasOwn(RENDERERS, format)) return format as keyof typeof RENDERERS;
  throw inputError(
    `${path}: figures are written as ${FIGURE_FORMATS.join(", ")}; end the file's name with one of these`,
  );
}
