import type { Pool } from "undici";
import { onAbort } from "./on-abort.js";

/** A request to a server whose address is settled. */
export interface HttpRequest {
  readonly method: "GET" | "POST";
  /** With its leading slash. */
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly body?: string | Buffer;
}

/** A server's reply, read to its end. */
export interface HttpReply {
  readonly status: number;
  readonly text: string;
  /** A header's value by its name in small letters; null where there is none. */
  header(name: string): string | null;
}

/** Sends one request, once. Rejects when the connection fails. */
export type Send = (request: HttpRequest, signal: AbortSignal) => Promise<HttpReply>;

/** A server, over connections that are kept open between requests. */
export interface HttpServer {
  readonly send: Send;
  /** The same, with the body in pieces as they come. */
  stream(request: HttpRequest, signal: AbortSignal): Promise<HttpReply | AsyncIterable<Buffer>>;
}

/** What is under way when the work is broken off has been paid for: so long it gets to arrive. */
const GRACE_MS = 60_000;
/** The longest wait for an answer to begin, and between its pieces. */
const TIMEOUT_MS = 10 * 60_000;
const CONNECT_MS = 30_000;
/** A longer answer is none of a server that does what it is asked. */
export const LONGEST_ANSWER = 64 << 20;

/** The error of an answer that is longer than any should be. */
export function answerTooLong(): Error {
  return new Error(`the server's answer goes on after ${LONGEST_ANSWER >> 20} MiB`);
}

/**
 * Opens a server. Nothing is sent yet. After a request's signal aborts nothing new is sent, but what is on the adapter gets a minute to arrive.
 */
export function openServer(origin: string, connections: number): HttpServer {
  let opened: Promise<Pool> | null = null;
  const open = async () => {
    const { Pool } = await import("undici");
    return new Pool(origin, {
      connections,
      connectTimeout: CONNECT_MS,
      headersTimeout: TIMEOUT_MS,
      bodyTimeout: TIMEOUT_MS,
    });
  };
  const pool = () => {
    opened ??= open();
    return opened;
  };
  return {
    async send(request, signal) {
      const dispatcher = await pool();
      signal.throwIfAborted();
      return exchange(dispatcher, request, signal);
    },
    async stream(request, signal) {
      const dispatcher = await pool();
      signal.throwIfAborted();
      const { statusCode, headers, body } = await dispatcher.request({ ...request, signal });
      if (statusCode === 200) return body;
      const header = (name: string) => [headers[name]].flat()[0] ?? null;
      return { status: statusCode, text: await body.text(), header };
    },
  };
}

/** One request by the dispatcher's own callbacks: its stream of the body would cost as much again as all the rest. */
function exchange(pool: Pool, request: HttpRequest, signal: AbortSignal): Promise<HttpReply> {
  return new Promise((resolve, reject) => {
    let status = 0;
    let head: readonly Buffer[] = [];
    let body: Buffer[] = [];
    let size = 0;
    let late: NodeJS.Timeout | undefined;
    let forget = () => {};
    let giveUp: (cause?: Error) => void;
    const end = () => {
      forget();
      clearTimeout(late);
    };
    pool.dispatch(request, {
      onConnect(abort) {
        end();
        giveUp = abort;
        forget = onAbort(signal, () => {
          late = setTimeout(abort, GRACE_MS).unref();
        });
      },
      onHeaders(code, headers) {
        status = code;
        head = headers;
        body = [];
        size = 0;
        return true;
      },
      onData(piece) {
        body.push(piece);
        size += piece.length;
        if (size > LONGEST_ANSWER) giveUp(answerTooLong());
        return true;
      },
      onComplete() {
        end();
        const bytes = body.length === 1 ? body[0]! : Buffer.concat(body);
        resolve({ status, text: bytes.toString("utf8"), header: (name) => headerOf(head, name) });
      },
      onError(cause) {
        end();
        reject(cause);
      },
    });
  });
}

/** Names and values in turn, as they came. */
function headerOf(head: readonly Buffer[], name: string): string | null {
  for (let index = 0; index + 1 < head.length; index += 2)
    if (String(head[index]).toLowerCase() === name) return String(head[index + 1]);
  return null;
}
