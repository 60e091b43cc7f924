import { fork } from "node:child_process";
import { once } from "node:events";
import { line, median } from "./measure.js";
import type { MeasuredRequests } from "./requests-process.js";

export const CONCURRENCY = 256;
export const ANSWER_MS = 20;
/** The memory is looked at after so many requests. */
export const LOOKS = [5000, 25_000, 50_000, 100_000];

/**
 * Requests a second of a whole rewriting (journal on the disk included) against a server that answers in 20 ms, in turn with a bare HTTP loop to the
 * same server; and how much memory 100,000 requests take.
 */
export async function benchRequests(): Promise<string> {
  const child = fork(new URL("./requests-process.js", import.meta.url));
  const [{ rates, bare, sizes }] = (await once(child, "message")) as [MeasuredRequests];
  const ratio = median(rates.map((rate, round) => rate / bare[round]!));
  const looks = LOOKS.map((look) => look.toLocaleString("en-US")).join(", ");
  const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(0)} MB`;
  return [
    line(
      `live requests, ${CONCURRENCY} at once, answers in ${ANSWER_MS} ms`,
      `${median(rates).toFixed(0)} a second, ${ratio.toFixed(2)} × a bare HTTP loop (${median(bare).toFixed(0)})`,
      { "0.8 ×": ratio >= 0.8 },
    ),
    line(`memory of the process after ${looks} of them`, sizes.map(megabytes).join(", "), {
      "flat from the third on, to a tenth": sizes[3]! <= 1.1 * sizes[2]!,
    }),
  ].join("");
}
