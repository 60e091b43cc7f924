import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import type { Tokenizer } from "@huggingface/tokenizers";
import { inputError, RateError } from "../../domain/errors.js";
import type { Recipe, StepOutput } from "../../domain/recipe.js";
import type { ScoringInput } from "../../domain/reward-model.js";
import type { TokenReading } from "../outputs.js";
import { chatRenderer, contentOf, type Message, messagesOf } from "./chat-template.js";
import { cutToFit, type Sequence } from "./cut.js";
import type { ModelFiles } from "./model-files.js";

/** What a model reads of one prompt and response. */
export interface EncodedInput {
  /** Token ids, special ones included. */
  readonly ids: readonly number[];
  /** Place of the response's first token; only for rewards that are log-probabilities of the response. */
  readonly start?: number;
  /** Which sequence each token belongs to, 0 or 1; only for pairs. */
  readonly typeIds?: readonly number[];
  /** How many there are. */
  readonly tokens: number;
  /** How many tokens that begin a sequence (BOS, or CLS where there is no BOS) stand at the beginning. */
  readonly bosCount: number;
  /** Whether anything was cut off, and how many tokens of what. */
  readonly truncated: boolean;
  readonly cut: { readonly prompt: number; readonly response: number };
  /** Equal exactly where ids and type ids are. */
  readonly inputHash: string;
  /** The text before it became tokens and before anything was cut: chats through their template, pairs one below the other. */
  readonly text: string;
}

/** A stretch of an input as one can read it. */
export interface Piece {
  readonly text: string;
  readonly special: boolean;
}

export interface Encoder {
  /** Longest input: the recipe's, or less where the model can take no more. */
  readonly maxTokens: number;
  /** Fills up short inputs of a batch; null where the model names no such token, so that only inputs of equal length may share one. */
  readonly padId: number | null;
  /** Why the place where a reward is read depends on the runtime, in words; null where it does not. */
  readonly padAtEnd: string | null;
  /** What is read at each token of a text, for models that give outputs for all of them; null where there is one row a text. */
  readonly reading: TokenReading | null;
  /** The model's `config.json`; empty where there is none. */
  readonly config: Readonly<Record<string, unknown>>;
  /** For the template file: model, commit, hashes, and how inputs are made. */
  readonly facts: Readonly<Record<string, unknown>>;
  /** What the model reads. Throws when the input is too long and may not be cut, or the chat template refuses it. */
  encode(input: ScoringInput): EncodedInput;
  /** The tokens of an input as text, special ones by themselves. */
  show(ids: readonly number[]): Piece[];
}

/** Opens what makes inputs of a model: its tokenizer and chat recipe. Its weights are not needed. */
export async function openEncoder(recipe: Recipe, files: ModelFiles): Promise<Encoder> {
  const tokenizerJson = await readFile(await files.need("tokenizer.json"));
  const settings = await readJson(files, "tokenizer_config.json");
  const config = await readJson(files, "config.json");
  const { Tokenizer } = await import("@huggingface/tokenizers");
  const tokenizer = new Tokenizer(parse(tokenizerJson, `${files.name}: tokenizer.json`), settings);
  const specials = { ...(await readJson(files, "special_tokens_map.json")), ...settings };
  const chat = recipe.input === "chat" ? await chatRenderer(files, settings, specials, recipe) : null;
  const idOf = (name: string) => {
    const token = contentOf(specials[name]);
    return token === undefined ? null : (tokenizer.token_to_id(token) ?? null);
  };
  const join = joiner(tokenizer);
  const bos = idOf("bos_token");
  const first = bos ?? idOf("cls_token");
  const appended = recipe.append === undefined ? [] : [namedToken(tokenizer, recipe.append, files.name)];
  const added = bos !== null && join([], null).ids[0] === bos;
  const maxTokens = Math.min(
    recipe.maxTokens,
    ...[settings.model_max_length, config.max_position_embeddings].filter(
      (value): value is number => Number.isSafeInteger(value) && (value as number) > 0,
    ),
  );

  /** A pair with an empty response is one sequence, as `transformers` has it; its frame is that of a pair. */
  const read = (prompt: readonly Message[] | string, response: string, frame = false): Read => {
    if (chat) {
      const content = recipe.output.steps ? withTags(response, recipe.output.steps) : response;
      const text = chat.render([...(prompt as readonly Message[]), { role: "assistant", content }]);
      const ids = [...withOneBos(tokenIds(tokenizer, text), bos, added, recipe.bos), ...appended];
      return { text: `${text}${typeof recipe.append === "string" ? recipe.append : ""}`, ids };
    }
    const tokens = tokenizer.tokenize(response);
    if (recipe.input === "response") return { text: response, ids: join(tokens, null).ids };
    const pair = response === "" && !frame ? null : tokens;
    return { text: `${prompt}\n${response}`, ...join(tokenizer.tokenize(prompt as string), pair) };
  };

  const endsWith = (id: number): boolean => {
    try {
      return read(chat ? [{ role: "user", content: "a" }] : "a", "b").ids.at(-1) === id;
    } catch (error) {
      // A template that refuses a conversation says so when it is given one.
      if (error instanceof RateError) return false;
      throw error;
    }
  };
  const { pad_token_id: pad } = config;
  const padAtEnd =
    chat && readsLastToken(recipe) && isToken(pad) && endsWith(pad)
      ? `texts end with the model's pad token (${pad}): transformers reads the reward at a token before it, which one depends on its version, and vLLM at the end`
      : null;

  return {
    maxTokens,
    padAtEnd,
    padId: padOf(config, recipe.input === "chat" ? null : idOf("pad_token")),
    reading: readingOf(recipe, tokenizer, files.name),
    config,
    facts: {
      model: files.commit === null ? basename(files.name) : files.name,
      revision: files.commit,
      input: recipe.input,
      ...(chat && {
        chat_template_sha256: sha256(chat.source),
        bos: recipe.bos,
        dialogue: recipe.dialogue,
        ...(recipe.system !== undefined && { system: recipe.system }),
        ...(recipe.templateKwargs && { template_kwargs: recipe.templateKwargs }),
        ...(recipe.append !== undefined && { append: recipe.append }),
      }),
      tokenizer_sha256: sha256(tokenizerJson),
      max_tokens: maxTokens,
      truncation: recipe.truncation,
    },
    encode({ prompt, response }) {
      const turns = chat ? messagesOf(prompt, recipe.dialogue) : prompt;
      const { text, ...whole } = read(turns, response);
      const { sequence, cut } =
        whole.ids.length <= maxTokens
          ? { sequence: whole, cut: { prompt: 0, response: 0 } }
          : cutToFit(whole, {
              maxTokens,
              side: recipe.truncation,
              emptied: read(turns, "", true),
              bare: () => read(chat ? [{ role: "user", content: "" }] : "", "", true),
            });
      return {
        ...sequence,
        ...(recipe.referenceModel !== undefined && { start: startOf(sequence, read(turns, "", true)) }),
        tokens: sequence.ids.length,
        bosCount: first === null ? 0 : leading(sequence.ids, first),
        truncated: cut.prompt + cut.response > 0,
        cut,
        inputHash: hashOf(sequence),
        text,
      };
    },
    show: (ids) => piecesOf(tokenizer, ids),
  };
}

/** An input before it is cut, with the text that it was made from. */
interface Read extends Sequence {
  readonly text: string;
}

/** Joins one or two sequences of tokens with the tokenizer's special tokens around them. */
function joiner(tokenizer: Tokenizer) {
  return (tokens: readonly string[], pair: readonly string[] | null): Sequence => {
    const processed = tokenizer.post_processor?.post_process([...tokens], pair && [...pair], true) as
      | { tokens: string[]; tokens_pair?: string[] | null; token_type_ids?: number[] }
      | undefined;
    const all = processed
      ? [...processed.tokens, ...(processed.tokens_pair ?? [])]
      : [...tokens, ...(pair ?? [])];
    const ids = all.map((token: string) => idOfToken(tokenizer, token));
    if (pair === null) return { ids };
    const typeIds = processed?.token_type_ids;
    return { ids, typeIds: typeIds?.length === ids.length ? typeIds : ids.map(() => 0) };
  };
}

function tokenIds(tokenizer: Tokenizer, text: string): number[] {
  return tokenizer.tokenize(text).map((token: string) => idOfToken(tokenizer, token));
}

function idOfToken(tokenizer: Tokenizer, token: string): number {
  const id = tokenizer.token_to_id(token) ?? tokenizer.model?.unk_token_id;
  if (id === undefined) throw inputError(`the tokenizer has no token ${JSON.stringify(token)}`);
  return id;
}

/** A response whose steps each end with the model's tag. */
function withTags(response: string, { separator, tag }: StepOutput): string {
  const steps = response.split(separator).filter((step) => step.trim() !== "");
  return (steps.length === 0 ? [response] : steps).map((step) => `${step}${tag}`).join("");
}

/** Where the response begins: after all that the same chat with another response has too. */
function startOf({ ids }: Sequence, emptied: Sequence): number {
  const other = ids.findIndex((id, place) => id !== emptied.ids[place]);
  return Math.max(1, other === -1 ? ids.length - 1 : other);
}

/** What is read of the outputs at each token. Throws when a token that the recipe names is none of the model's. */
function readingOf({ output }: Recipe, tokenizer: Tokenizer, model: string): TokenReading | null {
  if (output.steps) return { tag: namedToken(tokenizer, output.steps.tag, model) };
  if (output.token === undefined) return null;
  const named = output.minus === undefined ? [output.token] : [output.token, output.minus];
  return { tokens: named.map((token) => namedToken(tokenizer, token, model)) };
}

/** The id of a token that a recipe names by its text or its id. */
function namedToken(tokenizer: Tokenizer, token: string | number, model: string): number {
  if (typeof token === "number") return token;
  const id = tokenizer.token_to_id(token);
  if (id !== undefined) return id;
  const ids = tokenIds(tokenizer, token);
  if (ids.length === 1) return ids[0]!;
  throw inputError(
    `${model}: ${JSON.stringify(token)} is no single token of its tokenizer (it has ${ids.length}); look at the recipe, or at the model's added_tokens`,
  );
}

/** A chat with its BOS as the policy says: a template's text has one already, or the tokenizer would add it, or the model knows none. */
function withOneBos(
  ids: readonly number[],
  bos: number | null,
  added: boolean,
  policy: Recipe["bos"],
): number[] {
  if (bos === null) return [...ids];
  const count = leading(ids, bos);
  const rest = ids.slice(count);
  return policy === "once" && (count > 0 || added) ? [bos, ...rest] : rest;
}

function leading(ids: readonly number[], token: number): number {
  const other = ids.findIndex((id) => id !== token);
  return other === -1 ? ids.length : other;
}

/** Whether the model's class looks for the last token that is no padding. */
function readsLastToken({ modelClass, trustRemoteCode, headLayers }: Recipe): boolean {
  return modelClass === "AutoModelForSequenceClassification" && !trustRemoteCode && headLayers === undefined;
}

const isToken = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

/** The token that the model itself takes for padding comes first: its classifier looks for the last token that is none. */
function padOf(config: Readonly<Record<string, unknown>>, tokenizerPad: number | null): number | null {
  const { pad_token_id: pad } = config;
  return Number.isSafeInteger(pad) && (pad as number) >= 0 ? (pad as number) : tokenizerPad;
}

function piecesOf(tokenizer: Tokenizer, ids: readonly number[]): Piece[] {
  const special = tokenizer.get_added_tokens_decoder();
  const pieces: Piece[] = [];
  let ordinary: number[] = [];
  const flush = () => {
    if (ordinary.length > 0)
      pieces.push({
        text: tokenizer.decode(ordinary, { clean_up_tokenization_spaces: false }),
        special: false,
      });
    ordinary = [];
  };
  for (const id of ids) {
    const token = special.get(id);
    if (!token?.special) {
      ordinary.push(id);
      continue;
    }
    flush();
    pieces.push({ text: token.content, special: true });
  }
  flush();
  return pieces;
}

function hashOf({ ids, typeIds }: Sequence): string {
  const hash = createHash("sha256").update(Uint32Array.from(ids));
  if (typeIds) hash.update("|").update(Uint8Array.from(typeIds));
  return hash.digest("hex").slice(0, 32);
}

function sha256(content: string | Uint8Array): string {
  return createHash("sha256").update(content).digest("hex");
}

async function readJson(files: ModelFiles, path: string): Promise<Record<string, unknown>> {
  const file = await files.find(path);
  return file === null ? {} : parse(await readFile(file), `${files.name}: ${path}`);
}

function parse(content: Buffer, what: string): Record<string, unknown> {
  try {
    return JSON.parse(content.toString("utf8"));
  } catch (cause) {
    throw inputError(`${what}: is not JSON (${(cause as Error).message})`, cause);
  }
}
