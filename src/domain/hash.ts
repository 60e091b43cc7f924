/** A 32-bit number that is always the same for the same text, and looks random over texts (FNV-1a, then a final mix). Not for security. */
export function hashOf(text: string): number {
  let hash = 2166136261;
  for (let index = 0; index < text.length; index += 1)
    hash = Math.imul(hash ^ text.charCodeAt(index), 16777619);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** The same as a number from 0 up to 1. */
export function fractionOf(text: string): number {
  return hashOf(text) / 2 ** 32;
}
