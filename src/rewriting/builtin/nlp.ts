import { createRequire } from "node:module";
import type compromise from "compromise";

let loaded: typeof compromise | null = null;

/** The NLP library. It is loaded when it is first needed: its grammar takes a quarter of a second, and most commands rewrite nothing. */
export function nlpLibrary(): typeof compromise {
  loaded ??= createRequire(import.meta.url)("compromise") as typeof compromise;
  return loaded;
}

/** The library's view of a text. */
export function nlp(text: string): ReturnType<typeof compromise> {
  return nlpLibrary()(text);
}
