import { EVERYTHING, type Filter, filterFrom, writeFilter } from "./filter.js";

/** What the page shows. Its address says the same, so that every view is a link. */
export type Place =
  | { readonly view: "overview" }
  | { readonly view: "result"; readonly file: string; readonly index: number }
  | {
      readonly view: "examples";
      readonly file: string;
      readonly filter: Filter;
      /** From 1. */
      readonly page: number;
      /** The id of the example that is opened. */
      readonly example: string | null;
    };

export type ExamplesPlace = Extract<Place, { view: "examples" }>;

/** Reads an address, of which only path and query count; what is not understood is the overview. */
export function placeFrom(path: string, search: string): Place {
  const query = new URLSearchParams(search);
  const file = query.get("file");
  if (file !== null && path === "/result")
    return { view: "result", file, index: Math.max(0, Math.trunc(Number(query.get("index")) || 0)) };
  if (file === null || path !== "/examples") return { view: "overview" };
  const page = Math.max(1, Math.trunc(Number(query.get("page")) || 1));
  return { view: "examples", file, filter: filterFrom(query), page, example: query.get("id") };
}

/** The address of a place: path and query. */
export function addressOf(place: Place): string {
  if (place.view === "overview") return "/";
  const query = new URLSearchParams({ file: place.file });
  if (place.view === "result") {
    if (place.index > 0) query.set("index", String(place.index));
    return `/result?${query}`;
  }
  writeFilter(place.filter, query);
  if (place.page > 1) query.set("page", String(place.page));
  if (place.example !== null) query.set("id", place.example);
  return `/examples?${query}`;
}

/** The examples of a file, with what is given of a filter. */
export function examplesOf(file: string, filter: Partial<Filter> = {}): ExamplesPlace {
  return { view: "examples", file, filter: { ...EVERYTHING, ...filter }, page: 1, example: null };
}
