import type { Json } from "../../domain/example.js";

export function isObject(value: Json | undefined): value is { [key: string]: Json } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A value as messages show it. */
export function show(value: Json | undefined): string {
  return value === undefined ? "nothing" : jsonText(value).slice(0, 60);
}

/** A value's JSON, or words in its place when it is nested so deep that it has none. */
export function jsonText(value: Json): string {
  try {
    return JSON.stringify(value);
  } catch {
    return `${Array.isArray(value) ? "a list" : "an object"} nested too deep to be shown`;
  }
}
