import { stat } from "node:fs/promises";
import { inputError } from "../../../domain/errors.js";
import { built } from "../../package/folders.js";
import type { TableRow } from "./row.js";

/** What the thread answers to each request. */
export type ParquetAnswer =
  | { readonly rows: readonly TableRow["row"][]; readonly start: number }
  | { readonly end: true }
  | { readonly failure: string };

/** How long reading a part of a file may take: a while, and as long as a slow disk takes for the whole file. */
const PATIENCE_MS = 10_000;
const BYTES_PER_MS = 500;
/** Mebibytes of values that a part of a file may become. */
const MOST_MEMORY = 8192;

/**
 * The rows of a Parquet file, read in a thread of its own: a damaged file may keep a reader busy for ever or fill the
 * memory, and the thread can be ended. Throws where nothing comes in the time in which the whole file could be read,
 * and when `signal` is aborted.
 */
export async function* parquetRows(path: string, signal?: AbortSignal): AsyncIterable<TableRow> {
  const found = await stat(path).catch((cause) => {
    throw inputError(
      `${path}: cannot be read (${cause.code === "ENOENT" ? "there is no such file" : cause.message})`,
      cause,
    );
  });
  if (found.isDirectory()) throw inputError(`${path}: is a folder; a file was expected`);
  const { Worker } = await import("node:worker_threads");
  const worker = new Worker(built("storage/readers/tables/parquet-worker.js"), {
    workerData: path,
    resourceLimits: { maxOldGenerationSizeMb: MOST_MEMORY },
  });
  const patience = PATIENCE_MS + found.size / BYTES_PER_MS;
  const next = () =>
    new Promise<ParquetAnswer>((resolve, reject) => {
      const settle = (end: () => void) => {
        clearTimeout(timer);
        worker.off("message", onMessage).off("error", onError).off("exit", onExit);
        signal?.removeEventListener("abort", onAbort);
        end();
      };
      const onMessage = (answer: ParquetAnswer) => settle(() => resolve(answer));
      const onError = (error: Error) => settle(() => resolve({ failure: error.message }));
      const onExit = () => settle(() => resolve({ failure: "the reader ended" }));
      const onAbort = () => settle(() => reject(signal!.reason));
      const timer = setTimeout(
        () =>
          settle(() =>
            resolve({ failure: `reading it did not end within ${Math.round(patience / 1000)} s` }),
          ),
        patience,
      );
      if (signal?.aborted) return onAbort();
      worker.on("message", onMessage).on("error", onError).on("exit", onExit);
      signal?.addEventListener("abort", onAbort);
      worker.postMessage("next");
    });
  try {
    for (;;) {
      const answer = await next();
      if ("failure" in answer)
        throw inputError(
          `${path}: not a readable Parquet file (${answer.failure}); write it again, or as CSV or JSONL`,
        );
      if ("end" in answer) return;
      for (const [index, row] of answer.rows.entries())
        yield { row, origin: `${path}: row ${answer.start + index}` };
    }
  } finally {
    await worker.terminate();
  }
}
