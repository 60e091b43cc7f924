import type { HttpReply, Send } from "./http.js";
import { onAbort } from "./on-abort.js";

/** Share of the connections that a server's "too many requests" leaves. */
const LESS = 0.7;
/** The longest pause that a server's wish makes the work wait. */
export const LONGEST_PAUSE_MS = 120_000;

/**
 * The same `send` with at most `maximum` requests under way, and fewer after a 429: the number falls by a third, and grows by one with each
 * round of answers. A pause that the server asks for (`retry-after`) holds back all requests, not only the one that was refused.
 */
export function withLimit(send: Send, maximum: number): Send {
  let limit = maximum;
  let active = 0;
  let answeredSince = 0;
  let lowered = 0;
  let pausedUntil = 0;
  let sleeping = false;
  const waiting: (() => void)[] = [];

  const isOpen = () => active < Math.floor(limit) && pausedUntil <= Date.now();
  const admit = () => {
    while (waiting.length > 0 && isOpen()) {
      active += 1;
      waiting.shift()!();
    }
    const pause = pausedUntil - Date.now();
    if (waiting.length === 0 || sleeping || pause <= 0) return;
    sleeping = true;
    setTimeout(() => {
      sleeping = false;
      admit();
    }, pause + 1);
  };
  const enter = async (signal: AbortSignal): Promise<void> => {
    signal.throwIfAborted();
    if (waiting.length === 0 && isOpen()) {
      active += 1;
      return;
    }
    let forget = () => {};
    const entered = new Promise<void>((resolve, reject) => {
      waiting.push(resolve);
      forget = onAbort(signal, () => {
        const place = waiting.indexOf(resolve);
        if (place < 0) return;
        waiting.splice(place, 1);
        reject(signal.reason);
      });
    });
    admit();
    await entered.finally(forget);
  };
  const leave = () => {
    active -= 1;
    admit();
  };
  const learn = (reply: HttpReply, started: number) => {
    if (reply.status !== 429) {
      answeredSince += 1;
      if (answeredSince >= limit && limit < maximum) {
        limit += 1;
        answeredSince = 0;
      }
      return;
    }
    pausedUntil = Math.max(pausedUntil, Date.now() + Math.min(LONGEST_PAUSE_MS, pauseAskedBy(reply)));
    // Requests that were under way when the number was lowered say nothing new.
    if (started <= lowered) return;
    limit = Math.max(1, Math.floor(limit * LESS));
    lowered = performance.now();
    answeredSince = 0;
  };
  return async (request, signal) => {
    await enter(signal);
    try {
      const started = performance.now();
      const reply = await send(request, signal);
      learn(reply, started);
      return reply;
    } finally {
      leave();
    }
  };
}

/** The pause that a server asks for, in milliseconds; 0 where it asks for none. A date counts as the time until then. A wish, which may be for years: callers wait `LONGEST_PAUSE_MS` at most. */
export function pauseAskedBy({ header }: Pick<HttpReply, "header">): number {
  const milliseconds = numberIn(header("retry-after-ms"));
  if (milliseconds >= 0) return milliseconds;
  const after = header("retry-after");
  const seconds = numberIn(after);
  const pause = Number.isNaN(seconds) ? Date.parse(after ?? "") - Date.now() : 1000 * seconds;
  return pause > 0 && pause < Number.POSITIVE_INFINITY ? pause : 0;
}

function numberIn(value: string | null): number {
  return /^\s*\d+(?:\.\d+)?\s*$/.test(value ?? "") ? Number(value) : Number.NaN;
}
