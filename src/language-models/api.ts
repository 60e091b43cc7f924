import type { z } from "zod";
import { inputError } from "../domain/errors.js";
import { escapeControls } from "../domain/escape-controls.js";
import { keyMask } from "../domain/mask-keys.js";
import { ApiError, errorOf, failureIn, meaningOf, UNREADABLE } from "./api-error.js";
import { type HttpReply, type HttpRequest, openServer } from "./http.js";
import { LONGEST_PAUSE_MS, withLimit } from "./limit.js";
import type { Network } from "./network.js";
import { backoff, type RetryPolicy, retry } from "./retry.js";

/** Where an API is, and who asks. */
export interface ApiSettings {
  /** Any server that speaks OpenAI's API; OpenAI's own where absent. A query in it is kept. */
  readonly baseUrl?: string | undefined;
  readonly apiKey: string | undefined;
  /** Requests under way at once, at most. */
  readonly concurrency?: number;
  /** Sent with each request, and never shown. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly query?: Readonly<Record<string, string>> | undefined;
  readonly network?: Network | undefined;
  /** Told when a server asks to be waited for. */
  readonly say?: (line: string) => void;
  /** Headers that carry the key, and what else each request needs; the usual one where absent. */
  readonly keyHeaders?: (key: string) => Readonly<Record<string, string>>;
  /** When a failed call is tried again; the usual policy where absent. */
  readonly policy?: RetryPolicy;
}

/** OpenAI's API, or one like it. All calls throw `ApiError` once retries are at their end. */
export interface Api {
  /** Sends a request; returns the JSON of the answer as `schema` describes it. */
  call<Answer>(request: ApiRequest, schema: z.ZodType<Answer>, signal: AbortSignal): Promise<Answer>;
  /** The pieces of a file as they come. */
  download(path: string, signal: AbortSignal): AsyncIterable<Buffer>;
}

export interface ApiRequest extends Omit<HttpRequest, "headers"> {
  /** JSON where nothing else is said. */
  readonly contentType?: string;
  /** Where a second try could do twice what was meant once. */
  readonly once?: boolean;
  /** Whether it is broken off at once with the work: a chat's answer is paid for and gets some time, as does a `once`. */
  readonly atOnce?: boolean;
  /** How the body becomes a value; as JSON where nothing else is said. */
  readonly parse?: (text: string) => unknown;
  /** Told of each failure; whether this request is not tried again, whatever the policy says. */
  readonly giveUp?: (cause: unknown, failures: number) => boolean;
}

const OPENAI = "https://api.openai.com/v1";
const CONNECTIONS = 8;
/** Tries after the first, and after "too many requests" and "overloaded", where only patience helps. */
const RETRIES = 8;
const PATIENT_RETRIES = 24;
/** An answer that cannot be read has been paid for all the same. */
const UNREADABLE_RETRIES = 2;
const FIRST_PAUSE_MS = 500;
const LONGEST_BACKOFF_MS = 60_000;
const OVERLOADED = new Set([429, 503, 529]);
/** A shorter pause is no news. */
const TOLD_PAUSE_MS = 10_000;

/** Opens an API. Nothing is sent yet. Throws when the address or the key cannot be one. */
export function openApi(settings: ApiSettings): Api {
  const { baseUrl = OPENAI, apiKey, concurrency, network } = settings;
  const address = addressOf(baseUrl, settings.query);
  const server = openServer(address.origin, concurrency ?? CONNECTIONS, network);
  const send = concurrency === undefined ? server.send : withLimit(server.send, concurrency);
  const keyed = settings.keyHeaders?.(apiKey?.trim() || "none") ?? keyHeader(address, apiKey);
  const headers = { ...keyed, ...settings.headers };
  const hide = keyMask([apiKey, ...secretsOf(settings.headers)]);
  const usual = tellingOfPauses(settings.policy ?? policy, settings.say);
  const complete = ({
    method,
    path,
    body,
    contentType = "application/json",
    atOnce = method === "GET",
  }: ApiRequest): HttpRequest => ({
    method,
    paid: !atOnce,
    path: address.complete(path),
    ...(body === undefined ? { headers } : { body, headers: { ...headers, "content-type": contentType } }),
  });
  return {
    call: (request, schema, signal) => {
      const http = complete(request);
      return retry(
        async () => {
          const reply = await send(http, signal).catch((cause) => {
            throw cutOff(cause, hide, signal);
          });
          return readReply(reply, request.parse ?? parseJson, schema, hide);
        },
        request.once
          ? () => null
          : (cause, failures) => (request.giveUp?.(cause, failures) ? null : usual(cause, failures)),
        signal,
      );
    },
    async *download(path, signal) {
      const pieces = await retry(
        async () => {
          const reply = await server.stream(complete({ method: "GET", path }), signal).catch((cause) => {
            throw cutOff(cause, hide, signal);
          });
          if ("status" in reply) throw errorOf(reply, parseJson(reply.text), hide);
          return reply;
        },
        usual,
        signal,
      );
      try {
        yield* pieces;
      } catch (cause) {
        throw cutOff(cause, hide, signal);
      }
    },
  };
}

/** When a failed call is tried again: connections that break, timeouts, conflicts, too many requests, the server's own faults. */
export const policy: RetryPolicy = (cause, failures) => {
  if (!(cause instanceof ApiError)) return null;
  const { status, again, pauseMs } = cause;
  const meaning = meaningOf(cause);
  if (again === false || meaning === "account") return null;
  if (meaning === "unreadable" && failures > UNREADABLE_RETRIES) return null;
  if (meaning !== "passing" && meaning !== "unreadable" && again !== true) return null;
  if (failures > (OVERLOADED.has(status ?? 0) ? PATIENT_RETRIES : RETRIES)) return null;
  return pauseMs > 0
    ? Math.min(LONGEST_PAUSE_MS, pauseMs) * (1 + Math.random() / 10)
    : backoff(failures, FIRST_PAUSE_MS, LONGEST_BACKOFF_MS);
};

/** The same policy, that says when a server's own wish makes the work wait: once for all the requests that wait at the same time. */
function tellingOfPauses(inner: RetryPolicy, say: ApiSettings["say"]): RetryPolicy {
  if (!say) return inner;
  let toldUntil = 0;
  return (cause, failures) => {
    const pause = inner(cause, failures);
    const asked = cause instanceof ApiError ? cause.pauseMs : 0;
    if (pause === null || asked < TOLD_PAUSE_MS || Date.now() < toldUntil) return pause;
    toldUntil = Date.now() + pause;
    const seconds = (milliseconds: number) => `${Math.ceil(milliseconds / 1000)} s`;
    const all = asked > LONGEST_PAUSE_MS ? ` (it asks for ${seconds(asked)})` : "";
    say(`the server asks for a pause: waiting ${seconds(pause)}${all}: ${(cause as Error).message}`);
    return pause;
  };
}

/** The values of headers that may be keys: they are long, and a short one such as "1" would be replaced everywhere. */
function secretsOf(headers: ApiSettings["headers"]): string[] {
  return Object.values(headers ?? {})
    .flatMap((value) => [value, ...value.split(" ")])
    .filter((value) => value.length >= 8);
}

interface Address {
  readonly origin: string;
  readonly isAzure: boolean;
  /** A path of the API with the address's own path and query. */
  complete(path: string): string;
}

/** Azure's hosts, and any address of that form: its own header carries the key. */
const AZURE =
  /(?:^|\.)(?:openai\.azure\.com|cognitiveservices\.azure\.com|services\.ai\.azure\.com|azure-api\.net)$/;

function addressOf(baseUrl: string, query: ApiSettings["query"]): Address {
  const url = URL.canParse(baseUrl) ? new URL(baseUrl) : null;
  if (!url || !/^https?:$/.test(url.protocol))
    throw inputError(
      `base_url: expected an address such as http://localhost:8000/v1, found ${JSON.stringify(escapeControls(baseUrl).slice(0, 100))}`,
    );
  if (url.username || url.password)
    throw inputError("base_url: holds a name or password; put the key into OPENAI_API_KEY");
  for (const [name, value] of Object.entries(query ?? {})) url.searchParams.set(name, value);
  // People copy the address of the endpoint itself.
  const base = url.pathname.replace(/\/+$/, "").replace(/\/chat\/completions$/, "");
  return {
    origin: url.origin,
    isAzure: AZURE.test(url.hostname) || /\/openai\/deployments\//.test(url.pathname),
    complete(path) {
      const [own = "", asked] = path.split("?");
      const search = [url.search.slice(1), asked].filter(Boolean).join("&");
      return `${base}${own}${search && `?${search}`}`;
    },
  };
}

function keyHeader({ isAzure }: Address, apiKey: string | undefined): Record<string, string> {
  const key = apiKey?.trim() || "none";
  return isAzure ? { "api-key": key } : { authorization: `Bearer ${key}` };
}

type Hide = (message: string) => string;

/** A connection that broke, or took too long. */
function cutOff(cause: unknown, hide: Hide, signal: AbortSignal): unknown {
  if (signal.aborted) return signal.reason;
  const error = cause as NodeJS.ErrnoException;
  if (error.name === "RateError") return error;
  const inner = error.cause as NodeJS.ErrnoException | undefined;
  const [words = ""] = (error.message || inner?.message || "").split("\n");
  return new ApiError(
    escapeControls(hide(words)) || inner?.code || error.code || "the connection broke",
    null,
    inner?.code ?? error.code ?? null,
    0,
    null,
  );
}

function readReply<Answer>(
  reply: HttpReply,
  parse: (text: string) => unknown,
  schema: z.ZodType<Answer>,
  hide: Hide,
): Answer {
  const isGood = reply.status >= 200 && reply.status <= 299;
  // A server that sends the key back, in whatever field, must not have it kept with its answer.
  const text = hide(reply.text);
  const body = isGood ? parse(text) : parseJson(text);
  if (!isGood) throw errorOf(reply, body, hide);
  const found = schema.safeParse(body);
  if (found.success) return found.data;
  if (failureIn(body)) throw errorOf(reply, body, hide);
  const [issue] = found.error.issues;
  const where = issue && issue.path.length > 0 ? `${issue.path.join(".")}: ` : "";
  throw new ApiError(
    `an answer that is none of this API (${where}${issue?.message}): ${escapeControls(text).slice(0, 100)}`,
    null,
    UNREADABLE,
    0,
    null,
  );
}

export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
