import { openApi } from "./api.js";
import { ApiError } from "./api-error.js";
import { type ChatSettings, chatFacts, requireKey } from "./chat-settings.js";
import { type ChatAnswer, COMPLETION, parseReply } from "./completion.js";
import { FailureWatch, type Unanswered } from "./failures.js";
import { type Ask, type Dialect, DialectLearner, requestBody } from "./request-body.js";

/** An answer, or why this request has none. */
export type ChatReply = ChatAnswer | Unanswered;

/** A connection to a chat model. Rate limits and broken connections are retried with growing pauses, as the server asks. */
export interface Chat {
  /** What decides an answer besides the prompt: for files, and to recognise answers that are at hand already. */
  readonly facts: Readonly<Record<string, unknown>>;
  /** How the server wants to be asked, as far as it has been learnt. */
  readonly dialect: Dialect;
  /**
   * Throws when no further request makes sense: a refused key, a closed account, an unknown model, a parameter that is refused each time, a server that stays silent. After the signal aborts nothing new is
   * sent, and what is on the wire gets ten seconds to arrive.
   */
  ask(ask: Ask, signal: AbortSignal): Promise<ChatReply>;
}

/** Opens a chat model. Nothing is asked of it yet. Throws when a key is missing. */
export function openChat(settings: ChatSettings): Chat {
  const apiKey = keyFor(settings);
  const api = openApi({ ...settings, apiKey });
  const learner = new DialectLearner(settings.baseUrl);
  const watch = new FailureWatch(settings);
  return {
    facts: chatFacts(settings),
    get dialect() {
      return learner.current;
    },
    ask: async (ask, signal) => {
      const followed = watch.follow();
      const { giveUp } = followed;
      for (;;) {
        const dialect = learner.current;
        const request = requestBody(settings, ask, dialect);
        const body = JSON.stringify(request);
        try {
          const call = {
            method: "POST",
            path: "/chat/completions",
            body,
            parse: parseReply,
            giveUp,
          } as const;
          const answer = await api.call(call, COMPLETION, signal);
          watch.answered();
          return answer;
        } catch (cause) {
          signal.throwIfAborted();
          if (cause instanceof ApiError && learner.learn(cause, dialect, request)) continue;
          return followed.judge(cause);
        }
      }
    },
  };
}

/** The key; a server that is given one in a header of the configuration's needs no other. */
function keyFor({ apiKey, baseUrl, headers }: ChatSettings): string {
  const isGiven = ["authorization", "api-key", "x-api-key"].some((name) => headers?.[name] !== undefined);
  return isGiven && !apiKey?.trim() ? "none" : requireKey("OPENAI_API_KEY", apiKey, baseUrl);
}
