import { parentPort, workerData } from "node:worker_threads";
import { ScanFault, type ScanJob, scanPart } from "./scan.js";

/** Scans a part of a file in a thread of its own. */
try {
  parentPort!.postMessage({ part: scanPart(workerData as ScanJob) });
} catch (cause) {
  if (!(cause instanceof ScanFault)) throw cause;
  parentPort!.postMessage({ fault: { line: cause.line, template: cause.template } });
}
