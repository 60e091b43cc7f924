import type { z } from "zod";
import type { HttpReply } from "../../language-models/http.js";

/** A text as servers are given it. */
export interface AdapterText {
  readonly ids: readonly number[];
  readonly typeIds?: readonly number[];
  /** For servers that tokenise themselves: the text, or both texts of a pair, without the tokens that their tokenizer adds. */
  readonly texts: readonly [string] | readonly [string, string];
  readonly truncated: boolean;
  /** Place of the response's first token, for rewards that are log-probabilities of it. */
  readonly start?: number;
}

/** What a server says of one text. */
export interface AdapterRow {
  /** By number of the model's output. */
  readonly outputs: readonly number[];
  /** Tokens that the server says it read; null where it does not say so text by text. */
  readonly tokens: number | null;
  /** The label of the largest output, where the server names it. */
  readonly label: string | null;
}

export interface AdapterAnswer {
  readonly rows: readonly AdapterRow[];
  /** Tokens of all texts together, as the server counts them; null where it does not say. */
  readonly tokens: number | null;
}

/** A model that a server says it serves. */
export interface ServedModel {
  /** The name that requests use. */
  readonly id: string;
  /** What it has loaded: a name on the Hub, or a path on its machine. */
  readonly root?: string | null | undefined;
  /** For a LoRA adapter, the model that it changes. */
  readonly parent?: string | null | undefined;
  /** The longest text it takes, in tokens. */
  readonly maxTokens?: number;
}

/** What is known of a server before anything is scored. */
export interface Served {
  /** The name of the model that requests ask for; null before it has been compared with the recipe's. */
  readonly model: string | null;
  readonly models: readonly ServedModel[];
  /** For the template file: version, device, type. */
  readonly facts: Readonly<Record<string, unknown>>;
  /** The labels of its outputs, in their order. */
  readonly labels?: readonly string[];
  /** The longest text it takes, in tokens. */
  readonly maxTokens?: number;
  /** The most texts it takes at once. */
  readonly maxTexts?: number;
}

/** How a question to a server is put. */
export interface Manner {
  readonly served: Served;
  /** False asks for raw outputs; true, where a server can be asked for it, for a sigmoid or softmax, to see that it obeys. */
  readonly activation: boolean;
  /** Which end of a text is cut where the server has to cut. */
  readonly cut: "left" | "right";
}

/** A server's protocol: how it is asked for raw scores, and how its answers are read. */
export interface ServerAdapter {
  readonly runtime: string;
  /** Where texts are sent. */
  readonly path: string;
  /** How such a server is started, for errors. */
  readonly start: string;
  /** Whether it takes token ids, or tokenises texts itself. */
  readonly takes: "ids" | "texts";
  /** Whether a request can ask for an activation, so that it can be seen whether the server heeds it. */
  readonly switchable: boolean;
  /** Texts that are best sent at once. */
  readonly textsAtOnce: number;
  /** Asks the server what it is. `get` throws `NotThere` for a path that the server does not have. */
  greet(get: (path: string) => Promise<unknown>): Promise<Served>;
  body(texts: readonly AdapterText[], manner: Manner): unknown;
  /** Throws `BadAnswer` for an answer that cannot be trusted to hold a score for each text. */
  read(answer: unknown, count: number, manner: Manner, header: HttpReply["header"]): AdapterAnswer;
}

/** An answer that is not what the protocol promises. Nothing of it is kept. */
export class BadAnswer extends Error {}

/** The server has no such path. */
export class NotThere extends Error {}

/** The value, checked; what does not fit is a `BadAnswer` that says where. */
export function checked<Schema extends z.ZodType>(schema: Schema, answer: unknown): z.infer<Schema> {
  const result = schema.safeParse(answer);
  if (result.success) return result.data;
  const issue = result.error.issues[0]!;
  const where = issue.path.length > 0 ? `${issue.path.join(".")}: ` : "";
  throw new BadAnswer(`its answer is not what was expected (${where}${issue.message})`);
}

/** The rows of an answer in the order of the request, by the index that each row carries. */
export function byIndex<Row extends { index: number }>(rows: readonly Row[], count: number): Row[] {
  const ordered: Row[] = new Array(count);
  for (const row of rows) {
    if (row.index >= count || ordered[row.index] !== undefined) {
      throw new BadAnswer(
        `it answered row ${row.index} ${row.index >= count ? "that was not asked for" : "twice"}`,
      );
    }
    ordered[row.index] = row;
  }
  sameCount(rows.length, count);
  return ordered;
}

export function sameCount(found: number, expected: number): void {
  if (found !== expected) throw new BadAnswer(`${expected} texts were sent and ${found} scores came back`);
}
