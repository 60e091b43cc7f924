import { readFile, stat } from "node:fs/promises";
import { basename, dirname, extname, resolve } from "node:path";
import { parseYaml } from "../config/parse.js";
import { fieldsOf, scoringTemplateSchema } from "../config/scoring-template.js";
import { inputError } from "../domain/errors.js";
import { type ScoringTemplate, scoringTemplate } from "../domain/scoring-template.js";
import { isFolder } from "./model-files.js";
import { findScoringTemplate } from "./templates.js";

/** A template is a few lines; what is larger than this is something else. */
const MOST_BYTES = 16 << 20;

/**
 * The scoring template of a name, or in a YAML or JSON file of one's own, which is called as the file is; a folder that it names is relative to
 * it. Throws, with the line, when the file is none.
 */
export async function loadScoringTemplate(nameOrPath: string): Promise<ScoringTemplate> {
  if (!isTemplateFile(nameOrPath)) return findScoringTemplate(nameOrPath);
  const read = async () => {
    const { size } = await stat(nameOrPath);
    if (size > MOST_BYTES) throw new Error(`${size} bytes are too many for a scoring template`);
    return readFile(nameOrPath, "utf8");
  };
  const text = await read().catch((cause) => {
    throw inputError(`${nameOrPath}: cannot be read (${cause.message})`, cause);
  });
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
