import { parentPort, workerData } from "node:worker_threads";
import { bootstrapReplicates } from "../estimators/bootstrap.js";
import type { BootstrapJob } from "./bootstrap.js";

/** Draws a part of the replicates in a thread of its own. */
const { table, seed, from, to } = workerData as BootstrapJob;
const replicates = bootstrapReplicates(table, seed, from, to);
parentPort!.postMessage(replicates, [replicates.buffer as ArrayBuffer]);
