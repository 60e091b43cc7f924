import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import type { TestContext } from "node:test";
import { fractionOf } from "../../src/domain/hash.js";

/** What a provider makes of a request: what its line in the results is like. */
export type Fate =
  | "answer"
  /** Billed: an answer in a form that nobody expects, with its bill and without. */
  | "odd"
  | "odd without usage"
  /** Billed: a line that is not JSON, with the request's id in it and without. */
  | "torn"
  | "nameless"
  /** Not billed. */
  | "overloaded"
  | "expired"
  | "rejected";

const BILLED: ReadonlySet<Fate> = new Set(["answer", "odd", "odd without usage", "torn", "nameless"]);

/** What a download of results is instead of the results. */
export type Download = "whole" | "login page" | "nothing" | "cut" | "cut in a line" | "broken" | "oops";

export interface OddBehaviour {
  readonly provider: "openai" | "anthropic";
  /** Decides the fate of a request: `sends` counts from 0. */
  readonly fate: (prompt: string, sends: number) => Fate;
  /** What the downloads of a batch's results are, in turn; the last one stays. */
  readonly downloads: (batch: number) => readonly Download[];
  /** So many looks at an ended batch its results are not named yet. */
  readonly namedAfter?: (batch: number) => number;
  /** Numbers of creations (from 0) whose answer is lost though the batch is there. */
  readonly lost?: readonly number[];
  /** Whether the batch says what it is billed in all (OpenAI's do). */
  readonly tellsUsage?: boolean;
  /** Whether anything is counted. */
  readonly counts?: boolean;
}

export interface OddServer {
  readonly url: string;
  /** How often each prompt was billed. */
  readonly billed: ReadonlyMap<string, number>;
  /** What it has billed in all. */
  readonly bill: { answers: number; promptTokens: number; completionTokens: number };
  readonly batches: number;
  /** Gives all results whole from now on. */
  heal(): void;
}

interface Stored {
  readonly id: string;
  readonly number: number;
  readonly requests: { id: string; prompt: string; fate: Fate }[];
  readonly metadata: unknown;
  readonly created: string;
  looks: number;
  downloads: number;
  cancelled: boolean;
}

/** Tokens that a prompt and its answer are billed. */
export const PROMPT_TOKENS = 100;
export const ANSWER_TOKENS = 40;

/** The batches of OpenAI or Anthropic on this machine, from their documentation, with results as odd as they may come. */
export async function oddBatches(t: TestContext, behaviour: OddBehaviour): Promise<OddServer> {
  const { provider } = behaviour;
  const stored: Stored[] = [];
  const files = new Map<string, string>();
  const sends = new Map<string, number>();
  const billed = new Map<string, number>();
  const bill = { answers: 0, promptTokens: 0, completionTokens: 0 };
  let isWell = false;
  let creations = 0;

  const create = (lines: { custom_id: string; prompt: string }[], metadata: unknown): Stored => {
    const requests = lines.map(({ custom_id: id, prompt }) => {
      const times = sends.get(prompt) ?? 0;
      sends.set(prompt, times + 1);
      const fate = behaviour.fate(prompt, times);
      if (BILLED.has(fate)) {
        billed.set(prompt, (billed.get(prompt) ?? 0) + 1);
        bill.answers += 1;
        bill.promptTokens += PROMPT_TOKENS;
        bill.completionTokens += ANSWER_TOKENS;
      }
      return { id, prompt, fate };
    });
    const batch = {
      id: `batch_${stored.length}`,
      number: stored.length,
      requests,
      metadata,
      created: new Date().toISOString(),
      looks: 0,
      downloads: 0,
      cancelled: false,
    };
    stored.push(batch);
    return batch;
  };
  const isEnded = ({ looks }: Stored) => looks > 1;
  const isNamed = (batch: Stored) => isWell || batch.looks - 2 >= (behaviour.namedAfter?.(batch.number) ?? 0);
  const count = ({ requests }: Stored, fits: (fate: Fate) => boolean) =>
    requests.filter(({ fate }) => fits(fate)).length;
  const show = (batch: Stored) => (provider === "openai" ? showOpenAi(batch) : showAnthropic(batch));
  const showOpenAi = (batch: Stored) => {
    const ended = isEnded(batch);
    const answered = count(batch, (fate) => BILLED.has(fate));
    const failed = batch.requests.length - answered;
    const named = ended && isNamed(batch);
    return {
      id: batch.id,
      status: ended
        ? count(batch, (fate) => fate === "expired") > 0
          ? "expired"
          : "completed"
        : "in_progress",
      metadata: batch.metadata,
      output_file_id: named && answered > 0 ? `${batch.id}-out` : null,
      error_file_id: named && failed > 0 ? `${batch.id}-err` : null,
      request_counts:
        behaviour.counts === false
          ? null
          : ended
            ? { total: batch.requests.length, completed: answered, failed }
            : { total: batch.requests.length, completed: 0, failed: 0 },
      ...(behaviour.tellsUsage &&
        ended && {
          usage: { input_tokens: answered * PROMPT_TOKENS, output_tokens: answered * ANSWER_TOKENS },
        }),
    };
  };
  const showAnthropic = (batch: Stored) => {
    const ended = isEnded(batch);
    const all = batch.requests.length;
    const succeeded = count(batch, (fate) => BILLED.has(fate));
    const expired = count(batch, (fate) => fate === "expired");
    const counts = ended
      ? { processing: 0, succeeded, errored: all - succeeded - expired, canceled: 0, expired }
      : { processing: all, succeeded: 0, errored: 0, canceled: 0, expired: 0 };
    return {
      id: batch.id,
      processing_status: ended ? "ended" : "in_progress",
      request_counts: counts,
      created_at: batch.created,
      cancel_initiated_at: null,
      results_url: ended && isNamed(batch) ? `http://127.0.0.1/${batch.id}` : null,
    };
  };
  const resultsOf = (batch: Stored, fits: (fate: Fate) => boolean) =>
    batch.requests
      .filter(({ fate }) => fits(fate))
      .sort((a, b) => fractionOf(a.id) - fractionOf(b.id))
      .map(({ id, prompt, fate }) => (provider === "openai" ? openAiLine : anthropicLine)(id, prompt, fate));

  const server = createServer(async (incoming, outgoing) => {
    const body = await bodyOf(incoming);
    const json = (value: unknown, status = 200) => {
      outgoing.writeHead(status, { "content-type": "application/json" });
      outgoing.end(JSON.stringify(value));
    };
    const path = incoming.url!.split("?")[0]!.replace(/^\/v1(\/messages)?/, "");
    if (path === "/files") {
      const id = `file-${files.size}`;
      const boundary = body.slice(0, body.indexOf("\r\n"));
      const part = body.split(boundary).find((text) => text.includes("filename="))!;
      files.set(id, part.slice(part.indexOf("\r\n\r\n") + 4).trim());
      return json({ id });
    }
    if (path === "/batches" && incoming.method === "POST") {
      const asked = JSON.parse(body);
      const lines =
        provider === "openai"
          ? files
              .get(asked.input_file_id)!
              .split("\n")
              .map((line) => JSON.parse(line))
          : asked.requests;
      const batch = create(
        lines.map((line: Line) => ({
          custom_id: line.custom_id,
          prompt: (line.body ?? line.params)!.messages[0]!.content,
        })),
        asked.metadata,
      );
      creations += 1;
      if (behaviour.lost?.includes(creations - 1)) return incoming.socket.destroy();
      return json(show(batch));
    }
    if (path === "/batches") return json({ data: [...stored].reverse().map(show), has_more: false });
    const isErrors = path.includes("-err/");
    const id = /batch_\d+/.exec(path)?.[0];
    const batch = stored.find((other) => other.id === id);
    if (!batch) return json({ error: { message: "no such thing" } }, 404);
    const isResults = path.endsWith("/content") || path.endsWith("/results");
    if (!isResults) {
      batch.looks += 1;
      return json(show(batch));
    }
    const fits = (fate: Fate) => provider === "anthropic" || BILLED.has(fate) !== isErrors;
    const text = resultsOf(batch, fits).join("\n");
    const sequence = behaviour.downloads(batch.number);
    const kind = isWell || isErrors ? "whole" : (sequence[batch.downloads] ?? sequence.at(-1) ?? "whole");
    if (!isErrors) batch.downloads += 1;
    outgoing.setHeader("content-type", "application/jsonl");
    if (kind === "oops") return json({ error: { message: "oops" } }, 500);
    if (kind === "login page") return outgoing.end(LOGIN);
    if (kind === "nothing") return outgoing.end();
    if (kind === "cut") return outgoing.end(text.split("\n").slice(0, -1).join("\n"));
    if (kind === "cut in a line") return outgoing.end(text.slice(0, Math.ceil(0.6 * text.length)));
    if (kind === "broken") {
      outgoing.setHeader("content-length", Buffer.byteLength(text));
      outgoing.write(text.slice(0, Math.ceil(text.length / 2)));
      return setTimeout(() => incoming.socket.destroy(), 5);
    }
    return outgoing.end(text);
  });
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url: provider === "openai" ? `${address}/v1` : address,
    billed,
    bill,
    get batches() {
      return stored.length;
    },
    heal() {
      isWell = true;
    },
  };
}

interface Line {
  readonly custom_id: string;
  readonly body?: { readonly messages: readonly { readonly content: string }[] };
  readonly params?: { readonly messages: readonly { readonly content: string }[] };
}

const LOGIN = `<!doctype html>\n${"<p>Log in to go on</p>\n".repeat(30)}</html>\n`;

function openAiLine(id: string, prompt: string, fate: Fate): string {
  const usage = { prompt_tokens: PROMPT_TOKENS, completion_tokens: ANSWER_TOKENS };
  const choices = [{ message: { role: "assistant", content: answerTo(prompt) }, finish_reason: "stop" }];
  const line = (body: unknown, status = 200, error: unknown = null) =>
    JSON.stringify({ id: "r", custom_id: id, response: body && { status_code: status, body }, error });
  if (fate === "answer") return line({ model: "m", choices, usage });
  if (fate === "odd") return line({ model: "m", choices: [], usage });
  if (fate === "odd without usage") return line({ model: "m", choices: "none" });
  if (fate === "torn") return line({ model: "m", choices, usage }).replace('"choices":', "");
  if (fate === "nameless") return "\u0000\u0000 the disk of the provider was here";
  if (fate === "overloaded") return line({ error: { message: "overloaded" } }, 503);
  if (fate === "rejected") return line({ error: { message: "flagged", code: "bad" } }, 400);
  return line(null, 0, { code: "batch_expired", message: "too late" });
}

function anthropicLine(id: string, prompt: string, fate: Fate): string {
  const usage = { input_tokens: PROMPT_TOKENS, output_tokens: ANSWER_TOKENS };
  const content = [{ type: "text", text: answerTo(prompt) }];
  const message = { model: "m", content, stop_reason: "end_turn", usage };
  const line = (result: unknown) => JSON.stringify({ custom_id: id, result });
  const errored = (type: string) =>
    line({ type: "errored", error: { type: "error", error: { type, message: "no" } } });
  if (fate === "answer") return line({ type: "succeeded", message });
  if (fate === "odd") return line({ type: "succeeded", message: { ...message, content: null } });
  if (fate === "odd without usage")
    return line({ type: "succeeded", message: { ...message, content: {}, usage: null } });
  if (fate === "torn") return line({ type: "succeeded", message }).replace('"message":', "");
  if (fate === "nameless") return "\u0000\u0000 the disk of the provider was here";
  if (fate === "overloaded") return errored("overloaded_error");
  if (fate === "rejected") return errored("invalid_request_error");
  return line({ type: "expired" });
}

/** A rewrite that tells what it is one of. */
function answerTo(prompt: string): string {
  const at = prompt.lastIndexOf("\n\n[Adjust");
  return `${prompt.slice(0, at)} ${prompt.slice(at).includes("longer") ? "and so on" : "in short"}`;
}

async function bodyOf(incoming: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const piece of incoming) pieces.push(piece);
  return Buffer.concat(pieces).toString("utf8");
}
