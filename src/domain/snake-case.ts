/** A name in snake_case: `rewardKey` becomes `reward_key`; one that is in it stays as it is. */
function snakeCase(name: string): string {
  return name.replace(/(?<=[a-z0-9])[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/**
 * An object with the keys of its own level in snake_case, as files of earlier versions do not have them; anything else unchanged. Only for objects
 * whose keys are fixed: those of a table by name are data.
 */
export function withSnakeKeys(value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [snakeCase(key), inner]));
}
