/** Share of the connections that a server's "too many requests" leaves. */
const LESS = 0.7;
/** The longest pause that a server may ask of all requests. */
const LONGEST_PAUSE_MS = 120_000;

/**
 * The same `fetch` with at most `maximum` requests under way, and fewer after a 429: the number falls by a third, and grows by one with each
 * round of answers. A pause that the server asks for (`retry-after`) holds back all requests, not only the one that was refused.
 */
export function withLimit(fetch: typeof globalThis.fetch, maximum: number): typeof globalThis.fetch {
  let limit = maximum;
  let active = 0;
  let answeredSince = 0;
  let lowered = 0;
  let pausedUntil = 0;
  let sleeping = false;
  const waiting: (() => void)[] = [];

  const admit = () => {
    const pause = pausedUntil - Date.now();
    if (pause > 0) {
      if (!sleeping) {
        sleeping = true;
        setTimeout(() => {
          sleeping = false;
          admit();
        }, pause + 1);
      }
      return;
    }
    while (waiting.length > 0 && active < Math.floor(limit)) {
      active += 1;
      waiting.shift()!();
    }
  };
  const enter = async (signal: AbortSignal | null | undefined): Promise<void> => {
    signal?.throwIfAborted();
    const entered = new Promise<void>((resolve) => waiting.push(resolve));
    admit();
    await entered;
  };
  const learn = (response: Response, started: number) => {
    if (response.status !== 429) {
      answeredSince += 1;
      if (answeredSince >= limit && limit < maximum) {
        limit += 1;
        answeredSince = 0;
      }
      return;
    }
    pausedUntil = Math.max(pausedUntil, Date.now() + pauseOf(response.headers));
    // Requests that were under way when the number was lowered say nothing new.
    if (started <= lowered) return;
    limit = Math.max(1, Math.floor(limit * LESS));
    lowered = performance.now();
    answeredSince = 0;
  };
  return async (input, init) => {
    await enter(init?.signal);
    const started = performance.now();
    try {
      const response = await fetch(input, init);
      learn(response, started);
      return response;
    } finally {
      active -= 1;
      admit();
    }
  };
}

function pauseOf(headers: Headers): number {
  const milliseconds = Number(headers.get("retry-after-ms") ?? Number.NaN);
  const seconds = Number(headers.get("retry-after") ?? Number.NaN);
  const pause = Number.isFinite(milliseconds) ? milliseconds : Number.isFinite(seconds) ? 1000 * seconds : 0;
  return Math.min(LONGEST_PAUSE_MS, Math.max(0, pause));
}
