import type { DatasetTemplate, Row } from "../../domain/template.js";
import { attributeOf, type Candidate } from "./candidate.js";

/** The template of a candidate over one part of the data, its threshold fixed. */
export function partTemplate(
  name: string,
  file: string,
  candidate: Candidate & { readonly threshold: number | null },
  examples: number,
): DatasetTemplate {
  const attribute = attributeOf(candidate, candidate.threshold);
  return {
    name,
    source: { kind: "file", path: file },
    idColumn: "id",
    columns: { prompt: "prompt", response: "response" },
    question: (row: Row) => String(row.prompt),
    completion: (row: Row) => String(row.response),
    treated: attribute.rule ? { by: "rule" } : { by: "judge" },
    attribute,
    nExamples: examples,
  };
}
