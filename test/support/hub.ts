import { openHub } from "../../src/datasets/sources/hub.js";

/** What models and data sets need of the world, where the Hub plays no part. */
export const world = { environment: {}, fetch, say: () => undefined };
export const hub = openHub(world);
