/** Controls, escape sequences' beginnings and direction overrides: what a terminal would obey instead of showing. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this looks for
const HIDDEN = /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;

/** A text as it may be sent to a terminal or a log, on one line: what could steer the terminal is written as `\u{…}`. */
export function escapeControls(text: string): string {
  return text.replace(HIDDEN, (character) => {
    if (character === "\n") return "\\n";
    if (character === "\t") return "\\t";
    return `\\u{${character.codePointAt(0)!.toString(16)}}`;
  });
}

/** As `HIDDEN`, but for line breaks, tabs, and the joiners and marks that ordinary writing needs. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this looks for
const HIDDEN_IN_TEXT = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028-\u202e\u2060-\u2069\ufeff]/g;

/** A text of several lines as it may be shown on a page: lines and tabs stay, what is hidden or turns the writing around is written as `\u{…}`. */
export function escapeControlsInText(text: string): string {
  return text.replaceAll("\r\n", "\n").replace(HIDDEN_IN_TEXT, escapeControls);
}

/** A name as it is shown: on one line, and no longer than `most` characters. */
export function shortName(name: string, most = 120): string {
  const shown = escapeControls(name.slice(0, most));
  return name.length > most ? `${shown}… (${name.length} characters)` : shown;
}
