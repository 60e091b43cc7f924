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

/** Columns that figures and pace take beside the name and the bar. */
const BESIDE = 75;

function startBar(label: string, total: number, done: number): Progress {
  const name = label.length > 40 ? `${label.slice(0, 39)}…` : label;
  const barsize = Math.min(40, Math.max(5, (process.stderr.columns || 80) - name.length - BESIDE));
  const bar = new SingleBar(
    {
      barsize,
      format: `${name} {bar} {value}/{total} · {percentage} %{pace}`,
      stream: process.stderr,
      hideCursor: true,
      clearOnComplete: true,
    },
    Presets.shades_classic,
  );
  const paceAt = pace(total, done);
  bar.start(total, done, { pace: "" });
  return {
    advance(count, note) {
      const pace = [...paceAt(count), note ?? ""].map((part) => part && ` · ${part}`).join("");
      if (bar.isActive) bar.increment(count, { pace });
    },
    end: () => bar.stop(),
  };
}

function startLines(name: string, total: number, done: number): Progress {
  let said = performance.now();
  let reached = done;
  const paceAt = pace(total, done);
  return {
    advance(count, note) {
      reached += count;
      const parts = paceAt(count);
      const now = performance.now();
      if (now - said < LINE_SECONDS * 1000) return;
      said = now;
      const shown = [`${reached}/${total}`, ...parts, note ?? ""].filter((part) => part !== "");
      process.stderr.write(`${name}: ${shown.join(", ")}\n`);
    },
    end() {},
  };
}

/** How fast it goes and how long it will take, in words, at each step; nothing while that cannot be told. */
function pace(total: number, done: number): (count: number) => string[] {
  const started = performance.now();
  let reached = done;
  return (count) => {
    reached += count;
    const perSecond = (reached - done) / ((performance.now() - started) / 1000);
    if (!(perSecond > 0)) return [];
    return [`${rounded(perSecond)}/s`, `${duration((total - reached) / perSecond)} left`];
  };
}

function rounded(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(2);
}

/** A time as people say it, in its two largest units. */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  if (hours > 0) return `${hours} h ${minutes} min`;
  return minutes > 0 ? `${minutes} min ${whole % 60} s` : `${whole} s`;
}
