import type { Attribute } from "../../domain/attribute.js";
import type { RewritesConfig } from "../../domain/config/schema.js";
import { splitConversation } from "../../domain/conversation.js";
import type { Exchange } from "../../domain/dialogue.js";
import { inputError } from "../../domain/errors.js";
import type { Json } from "../../domain/example.js";
import { isMissing, readLabel } from "../../domain/labels.js";
import { leaveOut } from "../../domain/left-out.js";
import { closest } from "../../domain/suggest.js";
import type { DataSource, DatasetTemplate, Row } from "../../domain/template.js";
import { show } from "../../storage/examples/stored.js";

type DataConfig = NonNullable<RewritesConfig["data"]>;
type TreatedColumn = NonNullable<DataConfig["columns"]["treated"]>;

/**
 * A template for data that is described by its columns alone. Cells without a value leave their row out; columns that
 * are missing, and cells of another kind, fail with their row.
 */
export function templateFromColumns(
  name: string,
  attribute: Attribute,
  data: DataConfig,
  judged: boolean,
): DatasetTemplate {
  const { columns } = data;
  const { treated } = columns;
  return {
    name: `${name}_${attribute.name}`,
    source: sourceOf(data),
    ...(columns.id !== undefined && { idColumn: columns.id }),
    ...textsOf(data),
    treated:
      treated === undefined
        ? { by: judged && !attribute.rule ? "judge" : "rule" }
        : (row) => labelOf(row, treated),
    attribute,
  };
}

function sourceOf(data: DataConfig): DataSource {
  if (data.hub === undefined) return { kind: "file", path: data.file! };
  return {
    kind: "hub",
    dataset: data.hub,
    split: data.split ?? "train",
    ...(data.config !== undefined && { config: data.config }),
    ...(data.revision !== undefined && { revision: data.revision }),
    ...(data.path !== undefined && { path: data.path }),
  };
}

/** How prompt and response are read, and the columns that hold them. */
function textsOf({
  columns,
  prompt: constant,
}: DataConfig): Pick<DatasetTemplate, "question" | "completion" | "columns"> {
  const conversation = columns.messages ?? columns.dialogue;
  const { treated } = columns;
  const labels = {
    ...(treated !== undefined && { treated: typeof treated === "string" ? treated : treated.column }),
    ...(columns.counterfactual !== undefined && { counterfactual: columns.counterfactual }),
  };
  if (conversation !== undefined) {
    // Question and completion are asked for one row after the other.
    let last: { readonly row: Row; readonly exchange: Exchange } | null = null;
    const split = (row: Row): Exchange => {
      if (last?.row !== row) last = { row, exchange: conversationIn(row, conversation) };
      return last.exchange;
    };
    return {
      columns: { conversation, ...labels },
      question: (row) => split(row).question,
      completion: (row) => split(row).response,
    };
  }
  const { prompt } = columns;
  const response = columns.response!;
  if (prompt === undefined && constant === undefined)
    throw inputError("rewrites.data: needs columns.prompt, or prompt: one text for all responses");
  return {
    columns: { response, ...(prompt !== undefined && { prompt }), ...labels },
    question: prompt === undefined ? () => constant! : (row) => textIn(row, prompt, "without a prompt"),
    completion: (row) => textIn(row, response, "without a response"),
  };
}

function cell(row: Row, name: string): Json | undefined {
  if (Object.hasOwn(row, name)) return row[name];
  const [first, ...rest] = name.split(".");
  const outer = Object.hasOwn(row, first!) ? row[first!] : undefined;
  return rest.reduce<Json | undefined>(
    (value, key) =>
      value !== null && typeof value === "object" && !Array.isArray(value) ? value[key] : undefined,
    rest.length > 0 ? outer : undefined,
  );
}

/** The error for a column that no row has. */
export function noColumn(name: string, known: readonly string[]): Error {
  const near = closest(name, known);
  return inputError(
    `there is no column ${JSON.stringify(name)}${near ? `; did you mean ${near}?` : ""} (columns: ${known.join(", ") || "none"})`,
  );
}

/** How pandas, R and polars write a text that is missing. */
const NO_TEXT = new Set(["NA", "NaN", "nan", "<NA>"]);

function textIn(row: Row, name: string, without: string): string {
  const value = cell(row, name);
  if (value === undefined || value === null) throw leaveOut(without);
  if (typeof value === "string") {
    if (value.trim() === "" || NO_TEXT.has(value)) throw leaveOut(without);
    return value;
  }
  const way = Array.isArray(value)
    ? `; for a list of messages: columns: { messages: ${name} }, or --messages ${name}`
    : "";
  throw inputError(`column ${name}: expected text, found ${show(value)}${way}`);
}

function conversationIn(row: Row, name: string): Exchange {
  const value = cell(row, name);
  if (value === undefined) throw leaveOut("without a response");
  try {
    return splitConversation(value);
  } catch (cause) {
    if (cause instanceof Error && cause.name === "RateError")
      throw inputError(`column ${name}: ${cause.message}`, cause);
    throw cause;
  }
}

/** Whether a row's label says that its response has the attribute. */
function labelOf(row: Row, treated: TreatedColumn): boolean {
  const name = typeof treated === "string" ? treated : treated.column;
  const value = cell(row, name);
  if (isMissing(value)) throw leaveOut("without a label");
  if (typeof treated === "string") {
    const label = readLabel(value);
    if (typeof label === "boolean") return label;
    throw inputError(
      `column ${name}: expected true or false, yes or no, 1 or 0, found ${show(value)}; for other words or a scale, say which are w = 1: treated: { column: ${name}, is: ${show(value)} } or { column: ${name}, above: 3 }, on the command line --treated-is or --treated-above`,
    );
  }
  if ("is" in treated) return isSame(value!, treated.is);
  const number = typeof value === "string" ? Number(value) : value;
  if (typeof number === "number" && !Number.isNaN(number)) return number > treated.above;
  throw inputError(`column ${name}: expected a number (w = 1 above ${treated.above}), found ${show(value)}`);
}

/** Whether a cell holds the value that stands for w = 1, whatever its case or the spelling of a number. */
function isSame(value: Json, wanted: string | number | boolean): boolean {
  const [found, meant] = [value, wanted].map((one) => String(one).trim().toLowerCase());
  if (found === meant) return true;
  if (found === "" || meant === "") return false;
  return Number(found) === Number(meant);
}
