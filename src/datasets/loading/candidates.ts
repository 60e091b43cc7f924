import { isDialogue } from "../../domain/dialogue.js";
import { inputError, RateError } from "../../domain/errors.js";
import type { ExampleId, Json } from "../../domain/example.js";
import { LeftOut, leaveOut } from "../../domain/left-out.js";
import type { DatasetTemplate, Planted, Row } from "../../domain/template.js";
import { IdNumbers } from "../../storage/examples/ids.js";
import type { Context } from "../../storage/project/context.js";
import { openHub } from "../sources/hub.js";
import { openSource, type SourceRow } from "../sources/source.js";
import { startsWithVowel, withLineBreaks, withoutLineBreaks, withTypos } from "../templates/typos.js";
import { CarriedFields, textColumnsOf } from "./fields.js";

/** A row that may become an example. */
export interface Candidate {
  readonly id: ExampleId;
  readonly prompt: string;
  readonly response: string;
  readonly counterfactual?: string;
  readonly row: Row;
  readonly fields: Readonly<Record<string, Json>>;
  /** File and line, for messages. */
  readonly origin: string;
}

/** Responses that are looked at before data is refused whose responses are whole dialogues. */
const DIALOGUES_OF = 10;

/** The candidates of a template's source, and what is to be said of them. */
export class Candidates {
  /** All columns that rows have had. */
  readonly known = new Set<string>();
  private fields: CarriedFields | null = null;
  private dialogues = 0;
  private seen = 0;
  private firstDialogue: string | null = null;

  private constructor(
    private readonly template: DatasetTemplate,
    private readonly context: Context,
    private readonly idColumn: string | undefined,
    private readonly idNote: string | null,
  ) {}

  static async open(template: DatasetTemplate, context: Context): Promise<Candidates> {
    const { column, note } = await idColumnOf(template, context);
    return new Candidates(template, context, column, note);
  }

  /** What was done to columns, in words. */
  get notes(): string[] {
    return [this.idNote, this.fields?.note ?? null].filter((note) => note !== null);
  }

  /** The candidates in the order of the source. `onLeftOut` hears why a row is none. */
  async *all(onLeftOut: (reason: string) => void): AsyncIterable<Candidate> {
    const { template } = this;
    let number = 0;
    let made = 0;
    const { expand, expansion } = template;
    let most = 0;
    for (let turn = 0; turn === 0 || (expansion === "in_turn" && turn < most); turn += 1) {
      for await (const { row: sourceRow, origin } of sourceOf(template, this.context)) {
        this.context.signal.throwIfAborted();
        for (const name of Object.keys(sourceRow)) this.known.add(name);
        const rows = at(origin, () => (expand ? [...expand(sourceRow)] : [sourceRow]), onLeftOut) ?? [];
        most = Math.max(most, rows.length);
        for (const [index, row] of rows.entries()) {
          if (expansion === "in_turn" && index !== turn) continue;
          const fallback = expansion ? String(made) : expand ? `${number}-${index}` : String(number);
          made += 1;
          const candidate = at(origin, () => this.read(row, fallback, origin), onLeftOut);
          if (!candidate) continue;
          this.look(candidate);
          yield candidate;
        }
        number += 1;
      }
    }
    if (2 * this.dialogues > this.seen) throw this.wholeDialogues();
  }

  private read(row: Row, fallback: string, origin: string): Candidate {
    const { template } = this;
    const prompt = text(template.question(row), "question", "without a prompt");
    const response = text(template.completion(row), "completion", "without a response");
    if (response.trim() === "") throw leaveOut("without a response");
    this.fields ??= new CarriedFields(textColumnsOf(template, row), this.idColumn);
    const fields = this.fields.of(row, { prompt, response });
    const id = idOf(row, this.idColumn, fallback);
    const edit = template.columns?.counterfactual;
    const edited = edit === undefined ? undefined : row[edit];
    return {
      ...{ id, prompt, response: withPlanted(template, response), row, fields, origin },
      ...(typeof edited === "string" && edited.trim() !== "" && { counterfactual: edited }),
    };
  }

  /** Responses that are dialogues as a whole are a mistake that would be rewritten and scored without a word. */
  private look({ response, origin }: Candidate): void {
    if (this.template.columns?.conversation !== undefined || this.seen >= DIALOGUES_OF) return;
    this.seen += 1;
    if (isDialogue(response)) {
      this.dialogues += 1;
      this.firstDialogue ??= origin;
    }
    if (this.seen === DIALOGUES_OF && 2 * this.dialogues > this.seen) throw this.wholeDialogues();
  }

  private wholeDialogues(): Error {
    const column = this.template.columns?.response;
    const way =
      column === undefined
        ? "let the template's completion return the last answer, and its question what stands before it"
        : `to split them: columns: { dialogue: ${column} } in place of response, or --dialogue ${column}`;
    return inputError(
      `${this.firstDialogue}: the responses are whole dialogues (Human: … Assistant: …), not answers; ${way}`,
    );
  }
}

function sourceOf(template: DatasetTemplate, context: Context): AsyncIterable<SourceRow> {
  const { project, signal } = context;
  return openSource(template.source, { projectDirectory: project.directory, hub: openHub(context), signal });
}

/** The column that ids come from: the template's, else one called `id` in which every row has an id of its own. */
async function idColumnOf(
  template: DatasetTemplate,
  context: Context,
): Promise<{ column: string | undefined; note: string | null }> {
  if (template.idColumn !== undefined) return { column: template.idColumn, note: null };
  if (template.expand || template.source.kind === "review_sentences")
    return { column: undefined, note: null };
  const ids = new IdNumbers();
  for await (const { row, origin } of sourceOf(template, context)) {
    context.signal.throwIfAborted();
    if (ids.size === 0 && !Object.hasOwn(row, "id")) return { column: undefined, note: null };
    const { id = null } = row;
    const isId = (typeof id === "string" && id !== "" && id.isWellFormed()) || typeof id === "number";
    if (isId && ids.get(String(id)) === undefined) ids.add(String(id));
    else {
      const why = isId ? `${JSON.stringify(id)} stands in it twice` : `has no id for each row`;
      return {
        column: undefined,
        note: `the column id is not used as the id (${why}, ${origin}): rows are numbered from 0`,
      };
    }
  }
  return { column: ids.size > 0 ? "id" : undefined, note: null };
}

/** A response with what the template plants in it. */
function withPlanted({ typos, lineBreaks }: DatasetTemplate, response: string): string {
  const seedOf = ({ seed }: Planted) => (seed === undefined ? response : `${seed} ${response}`);
  const has = startsWithVowel(response);
  if (lineBreaks) {
    const plain = withoutLineBreaks(response);
    return has ? withLineBreaks(plain, lineBreaks.share, seedOf(lineBreaks)) : plain;
  }
  return typos && has ? withTypos(response, typos.share, seedOf(typos)) : response;
}

/** Adds file and line to what is wrong with a row; undefined where it is left out. */
export function at<Value>(
  origin: string,
  read: () => Value,
  onLeftOut: (reason: string) => void,
): Value | undefined {
  try {
    return read();
  } catch (cause) {
    if (cause instanceof LeftOut) {
      onLeftOut(cause.reason);
      return undefined;
    }
    if (cause instanceof RateError)
      throw cause.message.startsWith(origin) ? cause : inputError(`${origin}: ${cause.message}`, cause);
    throw inputError(`${origin}: the template fails on this row: ${(cause as Error).message}`, cause);
  }
}

function text(value: unknown, what: string, without: string): string {
  if (value === undefined || value === null) throw leaveOut(without);
  if (typeof value === "string") {
    if (value.isWellFormed()) return value;
    throw inputError(
      `the ${what} holds half a character (a lone surrogate, ${JSON.stringify(/\p{Surrogate}/u.exec(value)?.[0])}), which cannot be sent: correct the text`,
    );
  }
  throw inputError(`the ${what} is ${typeof value}, expected text`);
}

function idOf(row: Row, column: string | undefined, fallback: string): ExampleId {
  const value = column === undefined ? fallback : row[column];
  if ((typeof value === "string" && value.isWellFormed()) || typeof value === "number")
    return String(value) as ExampleId;
  throw inputError(`column ${column}: expected an id, found ${JSON.stringify(value) ?? "nothing"}`);
}
