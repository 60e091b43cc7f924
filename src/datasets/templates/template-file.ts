import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { z } from "zod";
import { inputError } from "../../domain/errors.js";
import type { DatasetTemplate } from "../../domain/template.js";

const fn = z.custom<(...values: never[]) => unknown>(
  (value) => typeof value === "function",
  "expected a function",
);
const text = z.string().min(1);
const source = z.discriminatedUnion("kind", [
  z.looseObject({ kind: z.literal("file"), path: z.union([text, z.array(text).min(1)]) }),
  z.looseObject({ kind: z.literal("hub"), dataset: text, split: text }),
  z.looseObject({ kind: z.literal("review_sentences") }),
]);
const attribute = z.union(
  [
    text,
    z.looseObject({ name: text, labels: z.object({ treated: text, untreated: text }), rewritePrompt: text }),
  ],
  "expected the name of a ready-made attribute, or an object with name, labels and rewritePrompt",
);
const schema = z.looseObject({
  name: text,
  source,
  question: fn,
  completion: fn,
  treated: z.union(
    [
      fn,
      z.object({ by: z.enum(["rule", "judge"]) }),
      z.object({ by: z.literal("model"), model: text, above: z.number() }),
    ],
    'expected a function of the row, { by: "rule" }, { by: "judge" }, or { by: "model", model, above }',
  ),
  attribute,
  expand: fn.optional(),
  idColumn: text.optional(),
  columns: z
    .strictObject({
      prompt: text.optional(),
      response: text.optional(),
      conversation: text.optional(),
      treated: text.optional(),
    })
    .optional(),
  model: text.optional(),
  temperature: z.number().optional(),
  nExamples: z.int().positive().optional(),
});

/** Whether a template's name is the path of a file. */
export function isTemplateFile(name: string): boolean {
  return /\.[mc]?[jt]s$/.test(name);
}

/**
 * Loads a dataset template of the user's own from a TypeScript or JavaScript file's default export. Throws, naming
 * the field, when it is none.
 */
export async function loadTemplateFile(file: string): Promise<DatasetTemplate> {
  const { createJiti } = await import("jiti");
  const path = resolve(file);
  const loaded = await createJiti(pathToFileURL(path).href, { fsCache: false })
    .import(path, { default: true })
    .catch((cause: Error) => {
      // Further lines list who has asked for what.
      throw inputError(`${file}: cannot be loaded (${cause.message.split("\n")[0]})`, cause);
    });
  const checked = schema.safeParse(loaded);
  if (checked.success) return loaded as DatasetTemplate;
  const faults = checked.error.issues.map(
    (issue) => `${file}: ${issue.path.join(".") || "default export"}: ${issue.message}`,
  );
  throw inputError(faults.join("\n"));
}
