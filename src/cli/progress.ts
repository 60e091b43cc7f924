import { Presets, SingleBar } from "cli-progress";
import { visible } from "../domain/visible.js";
import type { Progress } from "../pipeline/context.js";

/** Plain lines come at most so often. */
const LINE_SECONDS = 10;

/** Progress on stderr: a bar on a terminal, else a plain line now and then. */
export function startProgress(label: string, total: number, done: number): Progress {
  const name = visible(label);
  if (total === done) return { advance() {}, end() {} };
  return process.stderr.isTTY ? startBar(name, total, done) : startLines(name, total, done);
}

function startBar(name: string, total: number, done: number): Progress {
  const bar = new SingleBar(
    {
      format: `${name} {bar} {value}/{total} · {percentage} % · {eta_formatted} left{note}`,
      stream: process.stderr,
      hideCursor: true,
      clearOnComplete: true,
      etaBuffer: 50,
    },
    Presets.shades_classic,
  );
  bar.start(total, done, { note: "" });
  return {
    advance: (count, note) => bar.increment(count, { note: note ? ` · ${note}` : "" }),
    end: () => bar.stop(),
  };
}

function startLines(name: string, total: number, done: number): Progress {
  const started = performance.now();
  let said = started;
  let reached = done;
  return {
    advance(count, note) {
      reached += count;
      const now = performance.now();
      if (now - said < LINE_SECONDS * 1000) return;
      said = now;
      const perSecond = (reached - done) / ((now - started) / 1000);
      const left = Math.round((total - reached) / perSecond);
      process.stderr.write(
        `${name}: ${reached}/${total}, ${perSecond.toPrecision(3)}/s, ${left} s left${note ? `, ${note}` : ""}\n`,
      );
    },
    end() {},
  };
}
