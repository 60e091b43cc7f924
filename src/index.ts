/** The library: what the commands do, for programs. The parts are also exported one by one, for example `rate-rm/statistics`. */

export { RateError } from "./domain/errors.js";
export { VERSION } from "./domain/version.js";
export * from "./library/data.js";
export * from "./library/effects.js";
export * from "./library/reporting.js";
export * from "./library/scoring.js";
export * from "./library/statistics.js";
export * from "./library/study.js";
