const watched = new WeakMap<AbortSignal, Set<() => void>>();

/** Calls back when the signal aborts; returns what takes that back. One listener a signal, however many callbacks: signals search all theirs each time. */
export function onAbort(signal: AbortSignal, callback: () => void): () => void {
  let callbacks = watched.get(signal);
  if (!callbacks) {
    const all = new Set<() => void>();
    callbacks = all;
    watched.set(signal, all);
    const callAll = () => {
      for (const call of all) call();
    };
    signal.addEventListener("abort", callAll, { once: true });
  }
  callbacks.add(callback);
  return () => {
    callbacks.delete(callback);
  };
}
