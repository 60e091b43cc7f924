/** Shorter words, such as those that stand in for a key where a server wants none, may well be ordinary text. */
const LEAST_LENGTH = 8;
const MARK = "[key]";

/**
 * What takes keys out of texts, and puts `[key]` in their place: as they are, and percent-encoded, as hexadecimal digits, in
 * base64 (inside a longer text too, such as a header's) or escaped for JSON or HTML.
 */
export function keyMask(keys: readonly (string | undefined)[]): (text: string) => string {
  const forms = new Set(
    keys
      .map((key) => key?.trim() ?? "")
      .filter((key) => key.length >= LEAST_LENGTH && (key.length >= 16 || /[^a-z]/i.test(key)))
      .flatMap(formsOf),
  );
  if (forms.size === 0) return (text) => text;
  // The longest first: one may be the beginning of another.
  const longestFirst = [...forms].sort((a, b) => b.length - a.length);
  const pattern = new RegExp(longestFirst.map(escapeForPattern).join("|"), "g");
  return (text) => text.replace(pattern, MARK);
}

function formsOf(key: string): string[] {
  const percent = encodeURIComponent(key);
  const hex = Buffer.from(key).toString("hex");
  return [
    key,
    percent,
    percent.replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase()),
    JSON.stringify(key).slice(1, -1),
    JSON.stringify(key).slice(1, -1).replaceAll("/", "\\/"),
    key.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;"),
    hex,
    hex.toUpperCase(),
    ...[0, 1, 2].flatMap((offset) => base64At(key, offset)),
  ];
}

/** The characters of base64 that a key decides, where it begins so many bytes behind a group of three. */
function base64At(key: string, offset: number): string[] {
  const bytes = Buffer.concat([Buffer.alloc(offset), Buffer.from(key)]);
  const first = Math.ceil((8 * offset) / 6);
  const end = Math.floor((8 * bytes.length) / 6);
  return [bytes.toString("base64").slice(first, end), bytes.toString("base64url").slice(first, end)];
}

function escapeForPattern(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/-]/g, "\\$&");
}
