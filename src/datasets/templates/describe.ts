import type { DatasetTemplate } from "../../domain/template.js";

/** A template in words and code that a person can read and repeat: data as JSON, functions as their source text. */
export function templateText(template: DatasetTemplate): string {
  return lines(template, "").join("\n");
}

function lines(value: object, prefix: string): string[] {
  return Object.entries(value).flatMap(([key, inner]) => {
    const name = prefix + key;
    if (typeof inner === "function") return [`${name}: ${inner.toString()}`];
    if (typeof inner === "object" && inner !== null && !Array.isArray(inner)) return lines(inner, `${name}.`);
    return [`${name}: ${JSON.stringify(inner)}`];
  });
}
