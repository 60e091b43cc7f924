import { parentPort, workerData } from "node:worker_threads";
import { buffersOf } from "./columns.js";
import { type ScanJob, scanParts } from "./scan.js";

/** Scans parts of a file in a thread of its own; the columns change hands without being copied. */
const scanned = scanParts(workerData as ScanJob);
parentPort!.postMessage(
  scanned,
  scanned.flatMap((part) => ("columns" in part ? buffersOf(part.columns) : [])),
);
