/** The program's own signs, as terminals show them that have ASCII alone. */
const ASCII: Readonly<Record<string, string>> = {
  ...{ "▲": "^", "▼": "v", "≈": "~", "⊘": "x", "✓": "+", "✗": "x", "●": "o" },
  ...Object.fromEntries([..."┌┬┐├┼┤└┴┘"].map((corner) => [corner, "+"])),
  ...{
    "─": "-",
    "│": "|",
    "−": "-",
    "–": "-",
    "±": "+-",
    "·": "-",
    "“": '"',
    "”": '"',
    "…": ".",
    α: "alpha",
  },
};
const SIGNS = new RegExp(`[${Object.keys(ASCII).join("")}]`, "gu");

/** Whether the locale says that the terminal cannot show more than ASCII: one is set, and it is not of UTF-8. */
export function isAsciiOnly({
  LC_ALL,
  LC_CTYPE,
  LANG,
}: Readonly<Record<string, string | undefined>>): boolean {
  const locale = LC_ALL || LC_CTYPE || LANG;
  return Boolean(locale) && !/utf-?8/i.test(locale!);
}

/** The text with the program's signs in ASCII; what is data stays as it is. */
export function inAscii(text: string): string {
  return text.replace(SIGNS, (sign) => ASCII[sign]!);
}
