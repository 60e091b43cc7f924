declare module "subset-font" {
  /** The font with the glyphs of a text alone. */
  export default function subsetFont(
    font: Uint8Array,
    text: string,
    options: { targetFormat: "truetype" | "woff2" },
  ): Promise<Buffer>;
}
