import { z } from "zod";
import { inputError, workError } from "../domain/errors.js";
import { escapeControls } from "../domain/escape-controls.js";
import { type HttpReply, type HttpRequest, openServer } from "./http.js";
import { pauseAskedBy, withLimit } from "./limit.js";
import { backoff, type RetryPolicy, retry } from "./retry.js";

/** Where an API is, and who asks. */
export interface ApiSettings {
  /** Any server that speaks OpenAI's API; OpenAI's own where absent. */
  readonly baseUrl?: string | undefined;
  readonly apiKey: string | undefined;
  /** Requests under way at once, at most. */
  readonly concurrency?: number;
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
}

/** A call that failed: the server's own words, without the key. */
export class ApiError extends Error {
  constructor(
    message: string,
    /** The HTTP status; null when there was no answer that could be read. */
    readonly status: number | null,
    /** The server's own name for the failure. */
    readonly code: string | null,
    /** The pause that it asks for, in milliseconds. */
    readonly pauseMs: number,
    /** Whether the server says that a second try may or may not help. */
    readonly again: boolean | null,
  ) {
    super(message);
  }
}

const OPENAI = "https://api.openai.com/v1";
const CONNECTIONS = 8;
/** Tries after the first, and after "too many requests" and "overloaded", where only patience helps. */
const RETRIES = 8;
const PATIENT_RETRIES = 24;
/** An answer that cannot be read has been paid for all the same. */
const UNREADABLE_RETRIES = 2;
const UNREADABLE = "unreadable";
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 60_000;
const OVERLOADED = new Set([429, 503, 529]);

/** Opens an API. Nothing is sent yet. Throws when the address or the key cannot be one. */
export function openApi({ baseUrl = OPENAI, apiKey, concurrency }: ApiSettings): Api {
  const address = addressOf(baseUrl);
  const server = openServer(address.origin, concurrency ?? CONNECTIONS);
  const send = concurrency === undefined ? server.send : withLimit(server.send, concurrency);
  const authorization = `Bearer ${apiKey?.trim() || "none"}`;
  const hide = (message: string) => redact(message, apiKey);
  const complete = ({ method, path, body, contentType = "application/json" }: ApiRequest): HttpRequest => ({
    method,
    path: `${address.path}${path}`,
    ...(body === undefined
      ? { headers: { authorization } }
      : { body, headers: { authorization, "content-type": contentType } }),
  });
  return {
    call: (request, schema, signal) => {
      const http = complete(request);
      return retry(
        async () => {
          const reply = await send(http, signal).catch((cause) => {
            throw cutOff(cause, hide, signal);
          });
          return readReply(reply, schema, hide);
        },
        request.once ? () => null : policy,
        signal,
      );
    },
    async *download(path, signal) {
      const pieces = await retry(
        async () => {
          const reply = await server.stream(complete({ method: "GET", path }), signal).catch((cause) => {
            throw cutOff(cause, hide, signal);
          });
          if ("status" in reply) throw errorOf(reply, hide);
          return reply;
        },
        policy,
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
  const { status, code, again, pauseMs } = cause;
  if (again === false || code === "insufficient_quota") return null;
  if (code === UNREADABLE && failures > UNREADABLE_RETRIES) return null;
  const passing = status === null || status === 408 || status === 409 || status === 429 || status >= 500;
  if (!passing && again !== true) return null;
  if (failures > (OVERLOADED.has(status ?? 0) ? PATIENT_RETRIES : RETRIES)) return null;
  return pauseMs > 0
    ? pauseMs * (1 + Math.random() / 10)
    : backoff(failures, FIRST_PAUSE_MS, LONGEST_PAUSE_MS);
};

/** What an error of a call means: a request rejected for its own sake, or an end to all requests. */
export function explain(
  cause: unknown,
  { baseUrl, model }: { readonly baseUrl?: string | undefined; readonly model: string },
): { readonly rejected: string } | { readonly fatal: unknown } {
  if (!(cause instanceof ApiError)) return { fatal: cause };
  const { status, code, message } = cause;
  const where = baseUrl ?? "the provider";
  if (status === 401 || status === 403)
    return {
      fatal: inputError(
        `${where} refuses the key (${status}): check OPENAI_API_KEY; what has been answered is kept`,
      ),
    };
  if (status === 404)
    return {
      fatal: inputError(
        `${where} does not know the model ${model}, or is no chat completions endpoint: ${message}`,
      ),
    };
  if (status === 429 && /insufficient_quota|billing/.test(`${code} ${message}`))
    return {
      fatal: workError(
        `${where} says that the account is out of credit: ${message}; what has been answered is kept`,
      ),
    };
  if (status === 400 || status === 413 || status === 422) return { rejected: message.slice(0, 300) };
  return {
    fatal: workError(
      `${where} gives no answer, often as it was asked: ${message}; what has been answered is kept, the same command goes on`,
    ),
  };
}

/** A message without the key in it. */
export function redact(message: string, key: string | undefined): string {
  return key ? message.replaceAll(key, "[key]") : message;
}

function addressOf(baseUrl: string): { origin: string; path: string } {
  const url = URL.canParse(baseUrl) ? new URL(baseUrl) : null;
  if (!url || !/^https?:$/.test(url.protocol))
    throw inputError(
      `base_url: expected an address such as http://localhost:8000/v1, found ${JSON.stringify(escapeControls(baseUrl).slice(0, 100))}`,
    );
  if (url.username || url.password)
    throw inputError("base_url: holds a name or password; put the key into OPENAI_API_KEY");
  return { origin: url.origin, path: url.pathname.replace(/\/$/, "") };
}

type Hide = (message: string) => string;

/** A connection that broke, or took too long. */
function cutOff(cause: unknown, hide: Hide, signal: AbortSignal): unknown {
  if (signal.aborted) return signal.reason;
  const error = cause as NodeJS.ErrnoException;
  const inner = (error.cause as NodeJS.ErrnoException | undefined)?.code;
  return new ApiError(
    hide(error.message || inner || error.code || "the connection broke"),
    null,
    error.code ?? null,
    0,
    null,
  );
}

const Failure = z.object({
  error: z.union([
    z.string(),
    z.object({ message: z.string().nullish(), code: z.union([z.string(), z.number()]).nullish() }),
  ]),
});

function errorOf(reply: HttpReply, hide: Hide): ApiError {
  let message = reply.text.trim();
  let code: string | null = null;
  const failure = Failure.safeParse(parseJson(message));
  if (failure.success) {
    const { error } = failure.data;
    message = typeof error === "string" ? error : (error.message ?? message);
    code = typeof error === "string" || error.code == null ? null : String(error.code);
  }
  const shown = escapeControls(hide(message)).slice(0, 300) || "no reason given";
  const again = { true: true, false: false }[reply.header("x-should-retry") ?? ""] ?? null;
  return new ApiError(`${reply.status} ${shown}`, reply.status, code, pauseAskedBy(reply), again);
}

function readReply<Answer>(reply: HttpReply, schema: z.ZodType<Answer>, hide: Hide): Answer {
  if (reply.status < 200 || reply.status > 299) throw errorOf(reply, hide);
  const found = schema.safeParse(parseJson(reply.text));
  if (found.success) return found.data;
  const [issue] = found.error.issues;
  const where = issue && issue.path.length > 0 ? `${issue.path.join(".")}: ` : "";
  throw new ApiError(
    `an answer that is none of this API (${where}${issue?.message}): ${escapeControls(hide(reply.text)).slice(0, 100)}`,
    null,
    UNREADABLE,
    0,
    null,
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
