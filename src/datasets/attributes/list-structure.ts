import type { Attribute } from "../../domain/attribute.js";
import { judgedAttribute } from "./judged.js";

const LIST_LINE = /^[ \t]*(?:[-*+•]|\d{1,3}[.)])[ \t]+\S/gm;

/** Number of list lines (bullets or numbers); w = 1 with two or more. */
export const listStructure: Attribute = {
  ...judgedAttribute(
    "list_structure",
    "structured as a list",
    "written as prose without lists",
    "Is this response structured as a list?",
  ),
  rule: { measure: (text) => text.match(LIST_LINE)?.length ?? 0, threshold: 1 },
};
