import { parentPort, workerData } from "node:worker_threads";
import { simulate } from "../simulation/coverage.js";
import { WORLDS } from "../simulation/worlds.js";

const { world, seed, from, to, options } = workerData;
parentPort!.postMessage(simulate(WORLDS[world]!, seed, from, to, options));
