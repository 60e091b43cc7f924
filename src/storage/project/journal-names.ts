/** Names of entries' fields in the program, and in journals, where all keys are in snake_case. */
const NAMES: Readonly<Record<string, string>> = {
  finishReason: "finish_reason",
  promptTokens: "prompt_tokens",
  completionTokens: "completion_tokens",
};
const BACK: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(NAMES).map(([name, stored]) => [stored, name]),
);
/** Fields that hold counts of tokens. */
const COUNTS = ["usage", "surplus"];

/** An entry with the keys of the file. */
export function toStoredNames(entry: unknown): unknown {
  return renamed(entry, NAMES);
}

/** An entry of the file with the program's names; those of earlier versions have them already. */
export function fromStoredNames(entry: unknown): unknown {
  return renamed(entry, BACK);
}

function renamed(entry: unknown, names: Readonly<Record<string, string>>, inner = false): unknown {
  if (typeof entry !== "object" || entry === null || Array.isArray(entry)) return entry;
  return Object.fromEntries(
    Object.entries(entry).map(([key, value]) => [
      Object.hasOwn(names, key) ? names[key] : key,
      !inner && COUNTS.includes(key) ? renamed(value, names, true) : value,
    ]),
  );
}
