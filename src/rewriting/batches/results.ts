import type { Created, Desk } from "./creation.js";
import type { BatchLine, BatchReply, BatchStatus, ResultFile } from "./provider.js";
import { type Settlement, Tally } from "./settle.js";

/** Results on the disk. */
export interface ResultPath {
  readonly path: string;
  readonly holds: ResultFile["holds"];
}

/** Fetches all results of a batch, whatever is there of earlier looks; they are on the disk before the first is looked at. */
export async function fetchResults(
  { intent, batch }: Created,
  status: BatchStatus,
  { provider, store, signal }: Desk,
): Promise<{ paths: ResultPath[]; tally: Tally }> {
  const paths: ResultPath[] = [];
  const tally = new Tally(new Set(intent.requests));
  for (const [index, result] of status.results.entries()) {
    const lines = withLineEnds(provider.download(batch, result, signal));
    const path = await store.save(`${intent.id}_result_${index}.jsonl`, lines);
    paths.push({ path, holds: result.holds });
    let last: { readonly line: string; readonly fault: string } | null = null;
    for await (const line of store.lines(path)) {
      if (line.trim() === "") continue;
      if (last) tally.addBad(last.line, last.fault, result.holds);
      last = null;
      const parsed = provider.parse(line, result.holds);
      if ("fault" in parsed) last = { line, fault: parsed.fault };
      else tally.add(parsed.customId, parsed.reply);
    }
    if (last && BREAKS_OFF.test(last.line)) tally.addCut(last.fault);
    else if (last) tally.addBad(last.line, last.fault, result.holds);
  }
  return { paths, tally };
}

/** An object that is begun and not ended. */
const BREAKS_OFF = /^\s*\{.*[^}\s]\s*$/s;

/** The first reply to each request, and those that are known from the account alone. */
export async function* firstReplies(
  paths: readonly ResultPath[],
  tally: Tally,
  settlement: Settlement,
  desk: Pick<Desk, "provider" | "store">,
): AsyncIterable<[customId: string, reply: BatchReply]> {
  const lost = settlement.settled === true ? settlement.unreadable : new Map<string, BatchReply>();
  const given = new Set<string>();
  for (const [customId, reply] of lost) {
    given.add(customId);
    yield [customId, reply];
  }
  for await (const { customId, reply } of repliesIn(paths, desk)) {
    const failed = "again" in reply || "rejected" in reply;
    // A failure beside an answer to the same request says nothing.
    if (given.has(customId) || (failed && tally.answered.has(customId))) continue;
    given.add(customId);
    yield [customId, reply];
  }
}

/** The lines that name their request, in the order of the files. */
async function* repliesIn(
  paths: readonly ResultPath[],
  { provider, store }: Pick<Desk, "provider" | "store">,
): AsyncIterable<BatchLine> {
  for (const { path, holds } of paths)
    for await (const line of store.lines(path)) {
      const parsed = provider.parse(line, holds);
      if (!("fault" in parsed)) yield parsed;
    }
}

async function* withLineEnds(lines: AsyncIterable<string>): AsyncIterable<string> {
  for await (const line of lines) yield `${line}\n`;
}
