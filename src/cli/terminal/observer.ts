import type { Observer } from "../../study/workspace.js";
import { passedOver } from "./print.js";
import { Display } from "./progress.js";

/** Shows work on the terminal, and stops it on Ctrl-C. */
export function terminalObserver(): Observer {
  const display = new Display(process.stderr);
  return {
    say: (line) => display.say(line),
    progress: (label, total, done) => display.progress(label, total, done),
    skipped: passedOver,
    signal: abortOnInterrupt,
  };
}

/** The first Ctrl-C lets what is under way come to rest; a second one ends the process at once. */
function abortOnInterrupt(): AbortSignal {
  const controller = new AbortController();
  process.once("SIGINT", () => controller.abort());
  process.once("SIGTERM", () => controller.abort());
  return controller.signal;
}
