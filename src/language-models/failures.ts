import { inputError, workError } from "../domain/errors.js";
import { ApiError, isTooLong, type Meaning, meaningOf } from "./api-error.js";

/** So many equal refusals in a row, or requests in a row that a server in trouble leaves without an answer, are no chance. */
const HOPELESS = 10;

interface Asked {
  readonly baseUrl?: string | undefined;
  readonly model: string;
  /** The variable that holds the key. */
  readonly keyName?: string;
}

/** What an error of a call means: a request that failed for its own sake, or an end to all requests. */
export function explain(
  cause: unknown,
  asked: Asked,
): { readonly rejected: string } | { readonly fatal: unknown } {
  if (!(cause instanceof ApiError)) return { fatal: cause };
  const meaning = meaningOf(cause);
  if (meaning === "moderated" || meaning === "rejected") return { rejected: cause.message.slice(0, 300) };
  return { fatal: FATAL[meaning](cause, asked) };
}

const placeOf = ({ baseUrl }: Asked) => baseUrl ?? "the provider";
const KEPT = "what has been answered is kept";

const FATAL: Readonly<
  Record<Exclude<Meaning, "moderated" | "rejected">, (cause: ApiError, asked: Asked) => Error>
> = {
  key: ({ status, message }, asked) =>
    inputError(
      `${placeOf(asked)} refuses the key (${status}): check ${asked.keyName ?? "OPENAI_API_KEY"}; it says: ${message}; ${KEPT}`,
    ),
  account: ({ message }, asked) =>
    workError(
      `${placeOf(asked)} says that the account is closed or out of credit: ${message}; see the account's billing page; ${KEPT}, the same command goes on`,
    ),
  unknown: ({ message }, asked) =>
    inputError(
      `${placeOf(asked)} does not know the model ${asked.model}, or is no chat completions endpoint: ${message}`,
    ),
  certificate: ({ message, code }, asked) =>
    inputError(
      /^(?:ERR_SSL|EPROTO)/.test(code ?? "")
        ? `${placeOf(asked)}: it does not speak TLS as it should (${message}): a server without TLS needs http:// in base_url; ${KEPT}`
        : `${placeOf(asked)}: its certificate is not trusted (${message}): save the certificate of the authority that signed it as a PEM file and set NODE_EXTRA_CA_CERTS to ` +
            `its path, in .env or the environment; ${KEPT}`,
    ),
  host: ({ message }, asked) =>
    inputError(
      `${placeOf(asked)}: there is no host of that name (${message}): check base_url; where only a proxy reaches the Internet, set HTTPS_PROXY; ${KEPT}`,
    ),
  proxy: ({ message }) =>
    inputError(
      `the proxy wants a name and password (${message}): put them into HTTPS_PROXY or HTTP_PROXY as http://name:password@host:port; ${KEPT}`,
    ),
  redirected: ({ message }, asked) =>
    inputError(`${placeOf(asked)} sends requests elsewhere (${message}): put that address into base_url`),
  unreadable: (cause, asked) => silent(cause, asked),
  passing: (cause, asked) => silent(cause, asked),
};

function silent({ message }: ApiError, asked: Asked): Error {
  return workError(
    `${placeOf(asked)} gives no answer, often as it was asked: ${message}; ${KEPT}, the same command goes on`,
  );
}

/** What has become of a request that has no answer. */
export type Unanswered =
  /** The server refuses this request. */
  | { readonly rejected: string }
  /** The server failed at this request, and not at others. */
  | { readonly failed: string };

/** One request under watch. */
export interface FollowedRequest {
  readonly giveUp: (cause: unknown, failures: number) => boolean;
  /** What has become of it once it failed for good. Throws when it means the end of all requests. */
  readonly judge: (cause: unknown) => Unanswered;
}

/** After so many tries a request is left alone where so many others have been answered meanwhile. */
const ENOUGH_TRIES = 6;
const OTHERS = 3;

/** An error of the server's that may be about one text; not a rush, nor a connection that breaks. */
function isServersFault(cause: ApiError): boolean {
  const { status } = cause;
  return (
    meaningOf(cause) === "passing" && status !== null && status >= 500 && status !== 503 && status !== 529
  );
}

/** Tells a request's own fault from one that all requests will meet, by what has become of the others. */
export class FailureWatch {
  private answers = 0;
  private refusal = "";
  private refusals = 0;
  private failures = 0;

  constructor(private readonly asked: Asked) {}

  answered(): void {
    this.answers += 1;
    this.refusals = 0;
    this.failures = 0;
  }

  /** Watches one request: others that are answered after its first failure show that the trouble is its own. */
  follow(): FollowedRequest {
    let atFirstFailure: number | null = null;
    const since = () => (atFirstFailure === null ? 0 : this.answers - atFirstFailure);
    return {
      giveUp: (cause, failures) => {
        atFirstFailure ??= this.answers;
        const isOwn = cause instanceof ApiError && isServersFault(cause);
        return isOwn && failures >= ENOUGH_TRIES && since() >= OTHERS;
      },
      judge: (cause) => this.judge(cause, since() > 0),
    };
  }

  /** What a failed request means for itself. Throws when it means the end of all requests. */
  private judge(cause: unknown, othersAreAnswered: boolean): Unanswered {
    if (!(cause instanceof ApiError)) throw cause;
    const meaning = meaningOf(cause);
    const found = explain(cause, this.asked);
    if ("fatal" in found) {
      const isOfRequest = meaning === "unreadable" || isServersFault(cause);
      const failed = { failed: cause.message.slice(0, 300) };
      if (isOfRequest && othersAreAnswered) return failed;
      this.failures += 1;
      if (isOfRequest && this.answers > 0 && this.failures < HOPELESS) return failed;
      throw found.fatal;
    }
    if (meaning === "rejected" && !isTooLong(cause)) this.countRefusal(cause);
    return found;
  }

  private countRefusal({ param, code, message }: ApiError): void {
    const refusal = `${param ?? message.replace(/\d+|"[^"]*"|'[^']*'/g, "…")} ${code ?? ""}`;
    this.refusals = refusal === this.refusal ? this.refusals + 1 : 1;
    this.refusal = refusal;
    if (this.refusals < HOPELESS) return;
    throw inputError(
      `${placeOf(this.asked)} refuses every request, ${this.refusals} in a row: ${message}${adviceFor(`${param ?? ""} ${message}`)}; ${KEPT}`,
    );
  }
}

/** What to do about a parameter that a server refuses. */
export function adviceFor(words: string): string {
  const [, advice] = ADVICE.find(([pattern]) => pattern.test(words)) ?? [];
  return advice === undefined ? "; correct the configuration" : `; ${advice}`;
}

const ADVICE: readonly (readonly [RegExp, string])[] = [
  [/temperature/i, "say temperature: null in the configuration, which leaves it to the server"],
  [/logprobs/i, "say score: parsed in the judge's configuration"],
  [/max_(?:completion_)?tokens/i, "say another max_completion_tokens in the configuration"],
  [/reasoning_effort/i, "say another reasoning_effort in the configuration, or none"],
  [/chat_template_kwargs/i, "take chat_template_kwargs out of the configuration"],
  [/\bmodel\b/i, "check the model's name"],
];
