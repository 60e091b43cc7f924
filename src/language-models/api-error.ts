import { z } from "zod";
import { escapeControls } from "../domain/escape-controls.js";
import type { HttpReply } from "./http.js";
import { pauseAskedBy } from "./limit.js";

/** A call that failed: the server's own words, without the key. */
export class ApiError extends Error {
  constructor(
    message: string,
    /** The HTTP status, or the one that an error inside a reply with 200 stands for; null when there was no answer that could be read. */
    readonly status: number | null,
    /** The server's own name for the failure. */
    readonly code: string | null,
    /** The pause that it asks for, in milliseconds. */
    readonly pauseMs: number,
    /** Whether the server says that a second try may or may not help. */
    readonly again: boolean | null,
    /** The field of the request that the server objects to. */
    readonly param: string | null = null,
  ) {
    super(message);
  }
}

/** The code of an answer that is not of this API. */
export const UNREADABLE = "unreadable";

/** What a failed call says about the next ones. */
export type Meaning =
  /** The key is not accepted. */
  | "key"
  /** The account is closed, or out of credit. */
  | "account"
  /** The address or the model is not known. */
  | "unknown"
  /** The server's certificate is not trusted, or it speaks no TLS. */
  | "certificate"
  /** There is no host of that name. */
  | "host"
  /** The proxy wants a name and password. */
  | "proxy"
  | "redirected"
  /** This text is refused by a content filter. */
  | "moderated"
  /** This request is refused: its parameters, its length. */
  | "rejected"
  | "unreadable"
  /** The server or the connection is in trouble: a second try may help. */
  | "passing";

const CERTIFICATE =
  /^(?:DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_(?:VERIFY|GET_ISSUER|DECRYPT|DECODE)|CERT_|CRL_|INVALID_CA|HOSTNAME_MISMATCH|ERR_TLS_CERT|ERR_SSL_|EPROTO)/;
const ACCOUNT =
  /insufficient[_ -](?:quota|balance|funds|credits?)|billing|payment[_ ]required|credit balance|(?:out of|no) credits?\b|account[_ ](?:is )?(?:not[_ ]active|deactivated|suspended|disabled|closed)|exceeded your current quota|arrearage/i;
/** A limit of requests or tokens a minute: its message may well name the billing page, where limits are raised. */
const RATE = /rate[_ ]limit|tokens per|requests per|too many requests/i;
const MODERATED =
  /moderation|flagged|content[_ -]?(?:filter|polic|management)|responsible ?ai|safety|prohibited|data_inspection/i;

/** What a failed call means. */
export function meaningOf({ status, code, message, param }: ApiError): Meaning {
  const words = `${code ?? ""} ${message}`;
  if (status === null) {
    if (code === UNREADABLE) return "unreadable";
    if (code !== null && CERTIFICATE.test(code)) return "certificate";
    if (code === "ENOTFOUND") return "host";
    return /Proxy Authentication Required|Proxy response \(407\)/.test(message) ? "proxy" : "passing";
  }
  if (status === 402) return "account";
  if ([400, 401, 403, 429].includes(status) && ACCOUNT.test(words) && !(status === 429 && RATE.test(words)))
    return "account";
  if (status === 401) return "key";
  if (status === 403) return MODERATED.test(words) ? "moderated" : "key";
  if (status === 404 || status === 405 || status === 410) return "unknown";
  if (status === 407) return "proxy";
  if (status < 400) return "redirected";
  if (status >= 500 || [408, 409, 425, 429].includes(status)) return "passing";
  return status === 451 || (MODERATED.test(words) && isOfText(param)) ? "moderated" : "rejected";
}

/** Whether a server objects to the text of a request, and not to how it is asked. */
function isOfText(param: string | null): boolean {
  return param === null || /^(?:messages|prompt|input|content)\b/.test(param);
}

/** Whether a rejection is about this text's length: the next one may be shorter. */
export function isTooLong({ code, message, status }: ApiError): boolean {
  return (
    status === 413 ||
    /context_length|string_above_max/.test(code ?? "") ||
    /context (?:length|window)|maximum (?:context|input)|(?:prompt|input|request)s? (?:is |are )?too (?:long|large)|too many (?:input )?tokens/i.test(
      message,
    )
  );
}

const word = z.union([z.string(), z.number()]).nullish().catch(null);
const Failure = z.object({
  error: z.union([
    z.string().min(1),
    z.object({
      message: z.string().nullish().catch(null),
      code: word,
      type: word,
      param: z.string().nullish().catch(null),
    }),
  ]),
});

/** An error as a server words it, inside a body. */
export interface WordedFailure {
  readonly message: string | null;
  readonly code: string | null;
  readonly param: string | null;
  /** The HTTP status that it stands for where the reply's own says nothing. */
  readonly status: number;
}

/** The error in a body; null where there is none. */
export function failureIn(body: unknown): WordedFailure | null {
  const found = Failure.safeParse(body).data?.error;
  if (found === undefined) return null;
  if (typeof found === "string") return { message: found, code: null, param: null, status: statusIn(found) };
  const { message = null, code, type, param = null } = found;
  const name = code ?? type ?? null;
  return {
    message,
    code: name === null ? null : String(name),
    param,
    status: statusIn(`${code ?? ""} ${type ?? ""} ${message ?? ""}`),
  };
}

/** The HTTP status that the words of an error stand for; 502, the server's own trouble, where they say nothing. */
function statusIn(words: string): number {
  const number = /^\s*([45]\d\d)\b/.exec(words)?.[1];
  if (number !== undefined) return Number(number);
  if (ACCOUNT.test(words) && !RATE.test(words)) return 402;
  if (/rate[_ ]?limit|too many requests|resource_exhausted/i.test(words)) return 429;
  if (/authenti|invalid[_ ]api[_ ]key|unauthori[sz]ed/i.test(words)) return 401;
  if (MODERATED.test(words)) return 403;
  if (/invalid[_ ](?:request|argument|parameter)|bad[_ ]?request|unsupported|context_length/i.test(words))
    return 400;
  return 502;
}

type Hide = (message: string) => string;

/** The failure that a reply is, or holds. */
export function errorOf(reply: HttpReply, body: unknown, hide: Hide): ApiError {
  const failure = failureIn(body);
  const isError = reply.status >= 300;
  const status = isError ? reply.status : (failure?.status ?? 502);
  const message = failure?.message ?? (status < 400 ? `to ${reply.header("location")}` : reply.text.trim());
  const shown = escapeControls(hide(message)).slice(0, 300) || "no reason given";
  const again = { true: true, false: false }[reply.header("x-should-retry") ?? ""] ?? null;
  const where = isError ? `${status}` : `${status} in a reply with ${reply.status}`;
  return new ApiError(
    `${where} ${shown}`,
    status,
    failure?.code ?? null,
    pauseAskedBy(reply),
    again,
    failure?.param ?? null,
  );
}
