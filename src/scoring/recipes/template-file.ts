import { basename, dirname, extname, resolve } from "node:path";
import { parseYaml } from "../../domain/config/parse.js";
import { fieldsOf, scoringTemplateSchema } from "../../domain/config/scoring-template.js";
import { type ScoringTemplate, scoringTemplate } from "../../domain/scoring-template.js";
import { readSmall, type SmallFile } from "../../storage/readers/small-file.js";
import { isFolder } from "../in-process/model-files.js";
import { findScoringTemplate } from "./templates.js";

/** A template is a few lines. */
const TEMPLATE: SmallFile = {
  what: "a scoring template",
  most: 16 << 20,
  advice: "a template is a few lines of YAML, as docs/scoring.md shows",
};

/**
 * The scoring template of a name, or in a YAML or JSON file of one's own, which is called as the file is; a folder that it names is relative to
 * it. Throws, with the line, when the file is none.
 */
export async function loadScoringTemplate(nameOrPath: string): Promise<ScoringTemplate> {
  if (!isTemplateFile(nameOrPath)) return findScoringTemplate(nameOrPath);
  const text = await readSmall(nameOrPath, TEMPLATE);
  const name = basename(nameOrPath, extname(nameOrPath));
  const fields = fieldsOf(parseYaml(text, nameOrPath, scoringTemplateSchema));
  if (!isFolder(fields.model)) return scoringTemplate({ ...fields, name });
  return scoringTemplate({
    rewardKey: name,
    ...fields,
    name,
    model: resolve(dirname(nameOrPath), fields.model),
  });
}

function isTemplateFile(nameOrPath: string): boolean {
  return /\.(?:ya?ml|json)$/.test(nameOrPath);
}
