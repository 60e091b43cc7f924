import { readFile } from "node:fs/promises";
import type { SecureContext } from "node:tls";
import type { Dispatcher } from "undici";
import { inputError } from "../domain/errors.js";
import { type Network, NODE_CERTIFICATES, proxyFor } from "./network.js";
import { onAbort } from "./on-abort.js";

/** A request to a server whose address is settled. */
export interface HttpRequest {
  readonly method: "GET" | "POST";
  /** With its leading slash. */
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly body?: string | Buffer;
  /** Whether its answer is paid for, so that it gets time to arrive when the work is broken off. */
  readonly paid?: boolean;
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

/** So long an answer that is paid for gets to arrive when the work is broken off. */
const GRACE_MS = 10_000;
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
 * Opens a server. Nothing is sent yet. After a request's signal aborts nothing new is sent;
 * an answer that is paid for gets ten seconds to arrive, and all else is broken off at once.
 */
export function openServer(origin: string, connections: number, network?: Network): HttpServer {
  let opened: Promise<Dispatcher> | null = null;
  const dispatcher = () => {
    opened ??= openDispatcher(origin, connections, network);
    return opened;
  };
  return {
    async send(request, signal) {
      const open = await dispatcher();
      signal.throwIfAborted();
      return exchange(open, { ...request, origin }, signal);
    },
    async stream(request, signal) {
      const open = await dispatcher();
      signal.throwIfAborted();
      const { statusCode, headers, body } = await open.request({ ...request, origin, signal });
      if (statusCode === 200) return body;
      const header = (name: string) => [headers[name]].flat()[0] ?? null;
      return { status: statusCode, text: await body.text(), header };
    },
  };
}

/** Connections to a server, directly or through the proxy that the environment names. */
async function openDispatcher(
  origin: string,
  connections: number,
  network: Network | undefined,
): Promise<Dispatcher> {
  const { Pool, ProxyAgent } = await import("undici");
  const proxy = proxyFor(origin, network);
  const isEncrypted = origin.startsWith("https:") || proxy?.startsWith("https:");
  const secureContext = isEncrypted ? await trusting(network) : null;
  const options = {
    connections,
    headersTimeout: TIMEOUT_MS,
    bodyTimeout: TIMEOUT_MS,
  };
  const connect = { timeout: CONNECT_MS, ...(secureContext && { secureContext }) };
  if (proxy === null) return new Pool(origin, { ...options, connect });
  if (!URL.canParse(proxy) || !/^https?:$/.test(new URL(proxy).protocol))
    throw inputError(
      "HTTP_PROXY or HTTPS_PROXY: expected an address such as http://proxy.example:3128 (SOCKS is not supported)",
    );
  return new ProxyAgent({
    ...options,
    uri: proxy,
    proxyTunnel: false,
    requestTls: connect,
    proxyTls: connect,
  });
}

/** Trust in the usual certificates and those that the environment names; null where it names none. Throws when Node's own file of them cannot be read. */
async function trusting(network: Network | undefined): Promise<SecureContext | null> {
  const files = network?.certificates ?? [];
  const read = await Promise.all(
    files.map(({ name, path }) =>
      readFile(path, "utf8").catch((cause) => {
        if (name !== NODE_CERTIFICATES) return null;
        throw inputError(`${name}: the file ${path} cannot be read (${cause.message})`, cause);
      }),
    ),
  );
  const own = [...new Set(read)].filter((text) => text !== null);
  if (own.length === 0) return null;
  const { createSecureContext, rootCertificates } = await import("node:tls");
  return createSecureContext({ ca: [...rootCertificates, ...own] });
}

/** One request by the dispatcher's own callbacks: its stream of the body would cost as much again as all the rest. */
function exchange(
  dispatcher: Dispatcher,
  request: HttpRequest & { readonly origin: string },
  signal: AbortSignal,
): Promise<HttpReply> {
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
    dispatcher.dispatch(request, {
      onConnect(abort) {
        end();
        giveUp = abort;
        forget = onAbort(signal, () => {
          late = setTimeout(abort, request.paid ? GRACE_MS : 0).unref();
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
