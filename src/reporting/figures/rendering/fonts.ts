import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import type { Font } from "fontkit";

/** The family that figures are set in: DejaVu Sans, condensed. It has Latin, Greek, Cyrillic, Arabic, Hebrew and more. */
export const FONT_FAMILY = "DejaVu Sans";

/** A face of the family. */
export interface Face {
  readonly weight: "normal" | "bold";
  readonly path: string;
  readonly bytes: Buffer;
  readonly font: Font;
}

/** The two faces of the family. */
export interface Faces {
  readonly normal: Face;
  readonly bold: Face;
}

let faces: Promise<Faces> | null = null;

/** Both faces, read once. */
export function loadFaces(): Promise<Faces> {
  faces ??= Promise.all([
    readFace("normal", "DejaVuSansCondensed"),
    readFace("bold", "DejaVuSansCondensed-Bold"),
  ]).then(([normal, bold]) => ({ normal, bold }));
  return faces;
}

async function readFace(weight: Face["weight"], name: string): Promise<Face> {
  const { create } = await import("fontkit");
  const path = createRequire(import.meta.url).resolve(`dejavu-fonts-ttf/ttf/${name}.ttf`);
  const bytes = await readFile(path);
  return { weight, path, bytes, font: create(bytes) as Font };
}

/** The face that a weight, as SVG and Vega write it, is drawn with. */
export function faceOf(weight: unknown, { normal, bold }: Faces): Face {
  return weight === "bold" || Number(weight) >= 600 ? bold : normal;
}

/** Width of a text in units of its font size. Characters that the font lacks are taken to be square, as most of them are elsewhere. */
export function widthOf(text: string, { font }: Face): number {
  const { glyphs, positions } = font.layout(text);
  return glyphs.reduce(
    (width, { id, advanceWidth }, index) =>
      width + (id === MISSING ? 1 : (positions[index]?.xAdvance ?? advanceWidth) / font.unitsPerEm),
    0,
  );
}

/** Whether the font can draw all of a text. */
export function hasAll(text: string, { font }: Face): boolean {
  return [...text].every((character) => font.hasGlyphForCodePoint(character.codePointAt(0)!));
}

const MISSING = 0;
