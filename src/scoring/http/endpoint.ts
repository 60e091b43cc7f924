import { inputError, RateError, workError } from "../../domain/errors.js";
import { escapeControls } from "../../domain/escape-controls.js";
import { answerTooLong, type HttpReply, LONGEST_ANSWER, type Send } from "../../language-models/http.js";
import { pauseAskedBy, withLimit } from "../../language-models/limit.js";
import { identify, type WantedModel } from "./identity.js";
import {
  type AdapterAnswer,
  type AdapterText,
  BadAnswer,
  type Manner,
  NotThere,
  type Served,
  type ServerAdapter,
} from "./server-adapter.js";

/** What servers are reached with. */
export interface Connection {
  readonly fetch: typeof fetch;
  readonly apiKey: string | undefined;
  readonly signal: AbortSignal;
  /** Requests under way at once at each server, at most; fewer while a server says that it is too much. */
  readonly concurrency: number;
  /** How long an answer may take. */
  readonly timeoutMs: number;
  /** How long a server may be busy, or gone, before it is given up. */
  readonly patienceMs: number;
}

/** Why a request has no answer: what can be done about it. */
export type Trouble =
  /** Too much at once, or no connection: the same server may answer later. */
  | { readonly kind: "busy"; readonly message: string; readonly pauseMs: number | null }
  /** An answer that cannot be used: another server may do better. */
  | { readonly kind: "broken"; readonly message: string }
  /** The server refuses these texts: fewer of them, or none. */
  | { readonly kind: "refused"; readonly message: string }
  /** No further request makes sense. */
  | { readonly kind: "fatal"; readonly error: RateError };

const LONGEST_MESSAGE = 300;

/** A response's text. Throws a BadAnswer on one that does not end. */
async function textOf({ body }: Response): Promise<string> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of body ?? []) {
    size += piece.length;
    if (size > LONGEST_ANSWER) throw new BadAnswer(answerTooLong().message);
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString("utf8");
}

/** One server. */
export class Endpoint {
  /** The address without what could be a secret. */
  readonly name: string;
  served: Served = { model: null, models: [], facts: {} };
  /** Why it is not asked any more. */
  out: string | null = null;
  /** Since when there is nothing but trouble. */
  troubledSince: number | null = null;
  troubles = 0;
  pausedUntil = 0;
  private readonly limited: Send;

  constructor(
    url: string,
    readonly adapter: ServerAdapter,
    private readonly connection: Connection,
  ) {
    const { origin, pathname } = addressOf(url);
    this.name = origin + pathname.replace(/\/+$/, "");
    const { fetch, timeoutMs } = connection;
    const send: Send = async ({ path, ...request }, signal) => {
      // The clock starts when a request is sent, not while it waits its turn.
      const clock = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
      const response = await fetch(`${this.name}${path}`, { ...request, signal: clock } as RequestInit);
      const text = await textOf(response);
      return { status: response.status, text, header: (name) => response.headers.get(name) };
    };
    this.limited = withLimit(send, connection.concurrency);
  }

  /** Asks the server what it is. */
  async greet(): Promise<Served> {
    this.served = await this.adapter.greet(async (path) => {
      const reply = await this.send(path, undefined, this.connection.signal);
      if (reply.status === 404 || reply.status === 405) throw new NotThere(path);
      return json(this.good(reply));
    });
    return this.served;
  }

  /** Takes the model that is wanted for all requests. Throws when the server serves another one. */
  identify(wanted: WantedModel): void {
    this.served = identify(this.served, wanted, this.name);
  }

  /** The server's answer for some texts. Throws what `troubleOf` explains. */
  async ask(
    texts: readonly AdapterText[],
    manner: Omit<Manner, "served">,
    signal: AbortSignal = this.connection.signal,
  ): Promise<AdapterAnswer> {
    const full = { ...manner, served: this.served };
    const reply = await this.send(this.adapter.path, this.adapter.body(texts, full), signal);
    return this.adapter.read(json(this.good(reply)), texts.length, full, reply.header);
  }

  /** What an error of `greet` or `ask` means. */
  troubleOf(cause: unknown): Trouble {
    const { signal, timeoutMs } = this.connection;
    if (cause instanceof BadAnswer) return { kind: "broken", message: cause.message };
    if (cause instanceof RateError) return { kind: "fatal", error: cause };
    if (cause instanceof NotThere) return { kind: "fatal", error: this.noSuchPath(cause.message) };
    if (!(cause instanceof Unavailable)) {
      if (signal.aborted) throw signal.reason;
      const timedOut = cause instanceof Error && cause.name === "TimeoutError";
      const message = timedOut ? `it was silent for ${timeoutMs / 1000} s` : reasonOf(cause);
      return { kind: "busy", message, pauseMs: null };
    }
    const { message } = cause;
    const { status } = cause.reply;
    if (status === 401 || status === 403) {
      return {
        kind: "fatal",
        error: inputError(
          `${this.name} refuses the key (${status}): set SCORING_API_KEY in .env or the environment`,
        ),
      };
    }
    if (status === 404 || status === 405)
      return { kind: "fatal", error: this.noSuchPath(this.adapter.path, message) };
    if (status === 400 || status === 413 || status === 422)
      return { kind: "refused", message: `${status}: ${message}` };
    if (status === 408 || status === 429 || status === 502 || status === 503 || status === 504) {
      return { kind: "busy", message: `${status}: ${message}`, pauseMs: pauseAskedBy(cause.reply) || null };
    }
    return { kind: "broken", message: `${status}: ${message}` };
  }

  private noSuchPath(path: string, message = ""): RateError {
    const said = message && message !== "Not Found" ? ` (${message})` : "";
    return inputError(
      `${this.name} has no ${path}${said}: is it a ${this.adapter.runtime} server that serves a reward model (${this.adapter.start})?`,
    );
  }

  private send(path: string, body: unknown, signal: AbortSignal): Promise<HttpReply> {
    const { apiKey } = this.connection;
    const headers = {
      ...(body !== undefined && { "content-type": "application/json" }),
      ...(apiKey && { authorization: `Bearer ${apiKey}` }),
    };
    if (body === undefined) return this.limited({ method: "GET", path, headers }, signal);
    return this.limited({ method: "POST", path, headers, body: JSON.stringify(body) }, signal);
  }

  /** The reply, if it is an answer; else what the server says to explain itself, fit for a terminal. */
  private good(reply: HttpReply): HttpReply {
    if (reply.status >= 200 && reply.status < 300) return reply;
    const { apiKey } = this.connection;
    const said = apiKey ? wordsOf(reply.text).replaceAll(apiKey, "[key]") : wordsOf(reply.text);
    throw new Unavailable(reply, escapeControls(said).slice(0, LONGEST_MESSAGE) || "no reason given");
  }
}

/** An answer that is none. */
class Unavailable extends Error {
  constructor(
    readonly reply: HttpReply,
    message: string,
  ) {
    super(message);
  }
}

/** A server's address, checked. */
function addressOf(url: string): URL {
  const shown = url.replace(/\/\/[^/@]*@/, "//…@");
  const parsed = URL.canParse(url) ? new URL(url) : null;
  if (!parsed || !/^https?:$/.test(parsed.protocol)) {
    throw inputError(`endpoint ${JSON.stringify(shown)}: expected an address such as http://localhost:8000`);
  }
  if (parsed.username || parsed.password) {
    throw inputError(
      `endpoint ${JSON.stringify(shown)}: put the key into SCORING_API_KEY, not into the address`,
    );
  }
  return parsed;
}

function json({ text }: HttpReply): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new BadAnswer(`its answer is not JSON (${escapeControls(text.slice(0, 60))})`);
  }
}

function wordsOf(text: string): string {
  try {
    const { error, detail, message } = JSON.parse(text);
    const said = error?.message ?? error ?? message ?? detail;
    return typeof said === "string" ? said : JSON.stringify(said ?? text);
  } catch {
    return text;
  }
}

/** Why there was no connection: `fetch` hides that in the cause. */
function reasonOf(cause: unknown): string {
  const inner = cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause;
  if (!(inner instanceof Error)) return String(inner);
  const { code } = inner as NodeJS.ErrnoException;
  return code === "ECONNREFUSED"
    ? "nothing answers there (connection refused)"
    : inner.message || (code ?? inner.name);
}

/** The error that ends a run when no server is left. */
export function noneLeft(endpoints: readonly Endpoint[]): RateError {
  const reasons = endpoints.map(({ name, out }) => `${name}: ${out}`).join("\n");
  return workError(
    `no reward model server is left; what has been scored is kept, the same command goes on\n${reasons}`,
  );
}
