import { parentPort, workerData } from "node:worker_threads";
import { simulate } from "../src/simulation/coverage.js";
import { WORLDS } from "../src/simulation/worlds.js";

const { world, seed, from, to, options } = workerData;
parentPort!.postMessage(simulate(WORLDS[world]!, seed, from, to, options));
