import type { Attribute } from "../../domain/attribute.js";
import { judgedAttribute } from "./judged.js";

/**
 * Marks of list items: bullets, numbers of any script, circled ones, and those of Chinese and Japanese, which no
 * space follows.
 */
const MARKS = [
  "[-*+–][ \\t]+",
  "[•·・‣⁃◦▪▫●○■□◆◇★☆►▶➢➤✓✔✅❖][ \\t]*",
  "\\p{Nd}{1,3}[.)][ \\t]+",
  "\\p{Nd}{1,3}(?:[、．）]|[.)](?=\\p{L}))[ \\t]*",
  "[(（](?:\\p{Nd}{1,3}|[一二三四五六七八九十]{1,3})[)）][ \\t]*",
  "[\\u2460-\\u249B\\u2776-\\u2793\\u3251-\\u325F][ \\t]*",
  "第?[一二三四五六七八九十百]{1,3}[、．)）][ \\t]*",
];
/** A line that begins with the mark of a list item. */
export const LIST_LINE = new RegExp(`^[ \\t\\u3000]*(?:${MARKS.join("|")})\\S`, "gmu");

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
