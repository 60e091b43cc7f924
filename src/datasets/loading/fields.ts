import type { Json } from "../../domain/example.js";
import type { DatasetTemplate, Row } from "../../domain/template.js";

/** Keys that the program gives a meaning in rewrites and scored files. */
const OURS = new Set([
  "id",
  "w_original",
  "w_rewrite",
  "w_rewritten_rewrite",
  "w_third_rewrite",
  "reward_question",
  "completions",
  "rewrite_failure",
  "rewriter",
  "source_columns",
  "truncated_texts",
  "scored_inputs",
]);

/** Which columns hold an example's texts. */
export type TextColumns = NonNullable<DatasetTemplate["columns"]>;

/** The fields of rows that are carried along beside their texts. */
export class CarriedFields {
  private readonly renamed = new Map<string, string>();
  private readonly sourceColumns: Readonly<Record<string, string>> | null;

  /** `idColumn` is the column that the ids come from. */
  constructor(
    private readonly columns: TextColumns,
    private readonly idColumn: string | undefined,
  ) {
    const { prompt, response } = columns;
    this.sourceColumns =
      prompt === undefined && response === undefined
        ? null
        : { ...(prompt !== undefined && { prompt }), ...(response !== undefined && { response }) };
  }

  /**
   * All columns but those of the texts and of the id; one whose name has a meaning of its own in our files gets
   * another.
   */
  of(row: Row, texts: { readonly prompt: string; readonly response: string }): Record<string, Json> {
    const { prompt, response, conversation, counterfactual } = this.columns;
    const fields: [string, Json][] = [];
    for (const [name, value] of Object.entries(row)) {
      if (name === conversation || name === counterfactual) continue;
      if (name === prompt && value === texts.prompt) continue;
      if (name === response && value === texts.response) continue;
      if (name === "id" && this.idColumn === "id") continue;
      fields.push([OURS.has(name) ? this.rename(name, row) : name, value]);
    }
    if (this.sourceColumns) fields.push(["source_columns", this.sourceColumns]);
    return Object.fromEntries(fields);
  }

  /** What was renamed, in words; null where nothing was. */
  get note(): string | null {
    if (this.renamed.size === 0) return null;
    const pairs = [...this.renamed].map(([name, other]) => `${name} as ${other}`);
    return `columns whose names have a meaning in our files are kept under others: ${pairs.join(", ")}`;
  }

  private rename(name: string, row: Row): string {
    let other = this.renamed.get(name) ?? `source_${name}`;
    while (Object.hasOwn(row, other)) other = `source_${other}`;
    this.renamed.set(name, other);
    return other;
  }
}

/** The columns whose values a template's functions return as they are; those of the template itself where it says. */
export function textColumnsOf(template: DatasetTemplate, row: Row): TextColumns {
  if (template.columns) return template.columns;
  const prompt = columnReadBy(template.question, row);
  const response = columnReadBy(template.completion, row);
  return { ...(prompt !== undefined && { prompt }), ...(response !== undefined && { response }) };
}

/** The column that a function of a row reads and returns as it is. */
function columnReadBy(read: (row: Row) => string, row: Row): string | undefined {
  const names = new Set<string>();
  const watched = new Proxy(row, {
    get(target, name) {
      if (typeof name === "string" && Object.hasOwn(target, name)) names.add(name);
      return Reflect.get(target, name);
    },
  });
  try {
    const text = read(watched);
    return [...names].find((name) => row[name] === text);
  } catch {
    return undefined;
  }
}
