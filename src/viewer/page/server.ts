import { useEffect, useRef, useState } from "preact/hooks";

/** An answer of the server, or why there is none. */
export type Loaded<Answer> =
  | { readonly state: "loading" }
  | { readonly state: "there"; readonly answer: Answer }
  | { readonly state: "failed"; readonly error: string };

/** How soon the same is asked for again, in milliseconds; null for never. */
export type Again<Answer> = (answer: Answer | null) => number | null;

/**
 * What the server says to an address, asked for again as `again` says while the page is looked at. While another address is being asked for,
 * the answer to the last one stays.
 */
export function useServer<Answer>(
  address: string | null,
  again: Again<Answer>,
): Loaded<Answer> & { address: string | null } {
  const [loaded, setLoaded] = useState<Loaded<Answer> & { address: string | null }>({
    state: "loading",
    address: null,
  });
  const text = useRef("");
  const asks = useRef(again);
  asks.current = again;
  useEffect(() => {
    if (address === null) return undefined;
    const control = new AbortController();
    let timer = 0;
    const ask = async () => {
      let next: Loaded<Answer>;
      try {
        const response = await fetch(address, { signal: control.signal });
        const found = await response.text();
        if (control.signal.aborted) return;
        // 202: not yet.
        next =
          response.status === 200
            ? { state: "there", answer: JSON.parse(found) as Answer }
            : { state: "failed", error: errorIn(found) };
        const isNews = text.current !== address + found;
        text.current = address + found;
        if (isNews) setLoaded({ ...next, address });
      } catch {
        if (control.signal.aborted) return;
        text.current = "";
        next = { state: "failed", error: "rate view does not answer; has it been stopped?" };
        setLoaded({ ...next, address });
      }
      const wait = asks.current(next.state === "there" ? next.answer : null);
      if (wait !== null) timer = window.setTimeout(askWhenSeen, wait);
    };
    const askWhenSeen = () => {
      if (document.visibilityState === "visible") void ask();
      else document.addEventListener("visibilitychange", askWhenSeen, { once: true });
    };
    void ask();
    return () => {
      control.abort();
      window.clearTimeout(timer);
      document.removeEventListener("visibilitychange", askWhenSeen);
    };
  }, [address]);
  return loaded;
}

function errorIn(answer: string): string {
  try {
    return String((JSON.parse(answer) as { error: unknown }).error);
  } catch {
    return "the answer cannot be read";
  }
}
