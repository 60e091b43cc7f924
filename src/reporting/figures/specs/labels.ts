import { escapeControls } from "../../../domain/escape-controls.js";

/** Width of a letter in units of the font size, on the wide side of the average. */
const LETTER = 0.58;

/**
 * A name as the lines of a label that is about `width` wide: what could steer a viewer is written out, long names are broken after a space or one
 * of `/ - _ · +`, or anywhere where there is none.
 */
export function wrapped(name: string, width: number, fontSize: number): string[] {
  const letters = Math.max(4, Math.floor(width / (LETTER * fontSize)));
  const lines: string[] = [];
  let line = "";
  for (const piece of pieces(escapeControls(name), letters)) {
    if (line !== "" && [...line, ...piece.trimEnd()].length > letters) {
      lines.push(line.trimEnd());
      line = "";
    }
    line += piece;
  }
  return [...lines, line.trimEnd()];
}

/** What a name may be broken into, none longer than a line. */
function pieces(name: string, letters: number): string[] {
  return name.split(/(?<=[ /_·+-])/).flatMap((piece) => {
    const all = [...piece];
    return Array.from({ length: Math.ceil(all.length / letters) }, (_, part) =>
      all.slice(part * letters, (part + 1) * letters).join(""),
    );
  });
}

/** What marks the end of a line in a label that Vega is to break there; names hold none, since `visible` writes it out. */
export const LINE_BREAK = "\n";
